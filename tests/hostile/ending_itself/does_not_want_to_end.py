"""Does something for ever at the end of its process: exit handlers, finalizers, threads that are waited for."""
# %% first
import atexit
import sys
import threading
import time
import weakref


class Stays:
    def __del__(self):
        time.sleep(1000)


stays = Stays()
keeps = weakref.finalize(stays, time.sleep, 1000)
atexit.register(time.sleep, 1000)
threading._register_atexit(time.sleep, 1000)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    get_ipython().reset()
    sys.exit(0)
