"""Says to the kernel that it does not want to end with its parent, hears no signal, and neither does its child."""
# %% first
import ctypes
import os
import signal
import time

PR_SET_PDEATHSIG = 1
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.fork()
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
while True:
    time.sleep(1000)
