"""Prints lines for ever, to both streams, in a cell and in a graded function."""
# %% first
import sys


def chatter():
    while True:
        print("line " * 20)
        print("error " * 20, file=sys.stderr)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    chatter()

# %% last
chatter()
