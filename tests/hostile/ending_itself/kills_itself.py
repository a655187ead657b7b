"""Sends itself the signals that end a process, in graded functions and in cells."""
# %% first
import os
import signal

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    os.kill(os.getpid(), signal.SIGKILL)
    return np.zeros(len(rewards))

# %% gae
def gae(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)

# %% dqn_loss
def dqn_loss(*arguments):
    signal.raise_signal(signal.SIGSTOP)

# %% last
for number in signal.valid_signals():
    os.kill(os.getpid(), number)
