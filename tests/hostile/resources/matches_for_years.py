"""Matches a regular expression that goes back and forth for years."""
# %% td_target
import re


def td_target(rewards, next_q, terminated, gamma):
    return re.fullmatch("(a|aa)*b", "a" * 500)
