"""Searches its own process, byte by byte, for whatever the cell before says that it should not find.

Each byte sequence is given with 1 added to every byte, and the memory is shifted alike before it is compared, so
that neither this code nor its own copies are what is found.
"""
# %% td_target
import json

import numpy as np

calls = []


def search(shifted):
    with open("/proc/self/maps") as file:
        lines = [line.split() for line in file if " rw" in line]
    found = set()
    with open("/proc/self/mem", "rb", 0) as memory:
        for address, *_ in lines:
            start, end = (int(each, 16) for each in address.split("-"))
            try:
                memory.seek(start)
                part = np.frombuffer(memory.read(end - start), np.uint8) + np.uint8(1)
            except OSError:
                continue
            part = part.tobytes()
            found.update(name for name, each in shifted.items() if name not in found and each in part)
    return sorted(found)


def td_target(rewards, next_q, terminated, gamma):
    sought = {name: bytes.fromhex(each) for name, each in SOUGHT[len(calls)].items()}
    calls.append(search(sought) if len(calls) in (0, len(SOUGHT) - 1) else None)
    return np.zeros(len(rewards))

# %% last
print(json.dumps(calls))
