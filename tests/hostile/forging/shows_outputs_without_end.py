"""Sends outputs itself, in each of many cells ten thousands that show nothing."""
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

def forge(outputs):
    async def forged(request):
        return {"outputs": outputs, "execution_count": 1}

    serving()["self"]._answers["run"] = forged


many = [{"output_type": "display_data", "data": {}}] * 90_000

# %% last
forge(many)

# %% last
0

# %% last
1

# %% last
2

# %% last
3

# %% last
4

# %% last
5

# %% last
6

# %% last
7

# %% last
8

# %% last
9
