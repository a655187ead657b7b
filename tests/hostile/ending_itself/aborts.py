"""Aborts in a graded function."""
# %% td_target
import os


def td_target(rewards, next_q, terminated, gamma):
    os.abort()
