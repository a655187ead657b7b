"""Looks for processes that are not its own, and sends signals to those that it is told of."""
# %% last
import json
import os
import signal

numbers = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
child = os.fork()
if child == 0:
    signal.pause()
seen = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())


def reach(number):
    try:
        os.kill(number, 0)
        return "reached"
    except OSError as error:
        return type(error).__name__


found = {"before": numbers, "after": seen, "child": child, "own": os.getpid(), "parent": os.getppid()}
found["told"] = [reach(number) for number in PROCESSES]
found["control"] = reach(child)
found["name"] = os.uname().nodename
os.kill(child, signal.SIGKILL)
print(json.dumps(found))
