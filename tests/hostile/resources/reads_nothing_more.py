"""Says that a cell is done, and reads nothing more: the large cell that follows has nowhere to go."""
# %% first
import json
import socket
import struct
import sys


def serving():
    frame = sys._getframe()
    while frame.f_code.co_name != "_serve":
        frame = frame.f_back
    return frame.f_locals


def frame_of(**message):
    body = json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body

# %% last
import time

found = serving()
found["self"].connection.sendall(frame_of(id=found["request"]["id"], outputs=[], execution_count=1))
while True:
    try:
        time.sleep(1000)
    except KeyboardInterrupt:
        pass
