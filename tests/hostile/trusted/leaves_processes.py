"""Leaves processes in its own session: in its group, in groups of their own, deaf to signals; says which."""
# %% last
import json
import os
import signal
import subprocess
import time

found = [subprocess.Popen(["sleep", "1000"]).pid]
found.append(subprocess.Popen(["sh", "-c", "trap '' HUP INT TERM; while :; do sleep 1000 & wait; done"]).pid)
for own_group in (False, True):
    if (child := os.fork()) == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        if own_group:
            os.setpgid(0, 0)
        while True:
            time.sleep(1000)
    found.append(child)
print(json.dumps({"processes": found, "folder": os.getcwd()}))
