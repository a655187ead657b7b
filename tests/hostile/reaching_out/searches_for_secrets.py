"""Searches its memory, its environment and all that /proc shows for what it is told of, with 1 added to each byte."""
# %% first
import glob
import json
import os


def found_in(content):
    part = (np.frombuffer(content, np.uint8) + np.uint8(1)).tobytes()
    return {name for name, each in SOUGHT.items() if bytes.fromhex(each) in part}


def in_memory():
    found = set()
    with open("/proc/self/maps") as file:
        areas = [line.split()[0].split("-") for line in file if " r" in line]
    with open("/proc/self/mem", "rb", 0) as memory:
        for start, end in areas:
            try:
                memory.seek(int(start, 16))
                found |= found_in(memory.read(int(end, 16) - int(start, 16)))
            except (OSError, ValueError, OverflowError):
                pass
    return found


def in_files():
    found = set()
    for path in [*glob.glob("/proc/*"), *glob.glob("/proc/[0-9]*/*"), *glob.glob("/proc/sys/*/*")]:
        if os.path.isfile(path) and os.path.basename(path) not in ("kmsg", "kcore", "mem", "clear_refs"):
            try:
                handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                try:
                    found |= found_in(os.read(handle, 1_000_000))
                finally:
                    os.close(handle)
            except OSError:
                pass
    return found

# %% last
control = bytes((byte - 1) % 256 for byte in bytes.fromhex(SOUGHT["what I hold myself"]))
print(json.dumps({"memory": sorted(in_memory()), "files": sorted(in_files()), "environment": sorted(os.environ)}))
