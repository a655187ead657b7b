"""Ends its process in a cell, without a word."""
# %% first
import os

os._exit(0)
