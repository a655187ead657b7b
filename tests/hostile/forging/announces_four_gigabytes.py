"""Announces a reply of four gigabytes, and begins to send it."""
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

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    line = serving()["self"].connection
    line.sendall(b"\xff\xff\xff\xff")
    while True:
        line.sendall(b"x" * 1_000_000)

# %% last
serving()["self"].connection.sendall(b"\xff\xff\xff\xff" + b"[" * 1_000_000)
