"""Sleeps in C code, in a cell and in a graded function, with every signal blocked."""
# %% first
import ctypes
import signal


def sleep_in_c():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        ctypes.CDLL(None).sleep(1000)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    sleep_in_c()

# %% last
sleep_in_c()
