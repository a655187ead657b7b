"""Listens on a port, on an abstract name and on a path, in a process that stays, for whoever may come."""
# %% first
import os
import socket
import tempfile
import time

if os.fork() == 0:
    os.setsid()
    lines = []
    for family, address in (
        (socket.AF_INET, ("0.0.0.0", OTHER_PORT)),
        (socket.AF_INET6, ("::", OTHER_PORT + 1)),
        (socket.AF_UNIX, "\0hostile-was-here"),
        (socket.AF_UNIX, f"{tempfile.gettempdir()}/hostile-was-here"),
    ):
        try:
            line = socket.socket(family)
        except OSError:  # there is no such family here
            continue
        line.bind(address)
        line.listen()
        lines.append(line)
    open("listening", "x").close()
    time.sleep(1000)

# %% last
while not os.path.exists("listening"):
    time.sleep(0.01)
time.sleep(1.5)
print('"listened"')
