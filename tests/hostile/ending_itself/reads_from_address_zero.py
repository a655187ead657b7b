"""Breaks the rules of memory: reads what is not there in a function, and jumps there in a cell."""
# %% td_target
import ctypes


def td_target(rewards, next_q, terminated, gamma):
    return ctypes.string_at(0)

# %% last
ctypes.CFUNCTYPE(None)(8)()
