"""Leaves processes that want to live on: in sessions of their own, deaf to signals, started again and again."""
# %% last
import os
import signal
import subprocess
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for number in range(3, 256):
            try:
                os.close(number)
            except OSError:
                pass
        os.chdir("/")
        while True:
            time.sleep(0.01)
    os._exit(0)

# %% last
subprocess.Popen(["nohup", "setsid", "sleep", "1000"], start_new_session=True)
subprocess.Popen("trap '' HUP INT TERM; while :; do sleep 1000 & wait; done", shell=True, start_new_session=True)

# %% last
import threading

threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
threading.Thread(target=time.sleep, args=(1000,)).start()
