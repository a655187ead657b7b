"""Sends what is no message: noise, text, nothing, JSON of a wrong kind, JSON that is never closed."""
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

import os

messages = [b"", b"null", b"3", b"[]", b'"id"', b"{}", b'{"id": ', b"\xff\xfe", b"[" * 1_000_000, b'{"id":' * 100_000]
messages += [b"9" * 1_000_000, b'{"id": NaN}', os.urandom(1000), b"\xef\xbb\xbf{}", b'{"id": "\\ud800"}']


def send(number):
    body = messages[number]
    serving()["self"].connection.sendall(struct.pack("!I", len(body)) + body)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    serving()["self"].connection.sendall(os.urandom(100_000))
    return np.zeros(len(rewards))

# %% last
send(0)

# %% last
send(1)

# %% last
send(2)

# %% last
send(3)

# %% last
send(4)

# %% last
send(5)

# %% last
send(6)

# %% last
send(7)

# %% last
send(8)

# %% last
send(9)

# %% last
send(10)

# %% last
send(11)

# %% last
send(12)

# %% last
send(13)

# %% last
send(14)
