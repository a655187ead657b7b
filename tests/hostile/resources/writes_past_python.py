"""Writes for ever to the file descriptors of both streams."""
# %% first
import os

while True:
    os.write(1, b"x" * 100_000)
    os.write(2, b"x" * 100_000)
