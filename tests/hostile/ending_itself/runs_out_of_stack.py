"""Calls itself in C until the stack is full."""
# %% td_target
import sys


def td_target(rewards, next_q, terminated, gamma):
    sys.setrecursionlimit(10**9)
    deep = []
    for _ in range(10_000_000):
        deep = [deep]
    return repr(deep) + str(object.__repr__.__get__(deep))

# %% last
class Endless:
    __getattr__ = lambda self, name: getattr(self, name + "x")


Endless().more
