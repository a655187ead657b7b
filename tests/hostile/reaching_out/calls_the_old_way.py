"""Makes system calls as programs of 32 bits and of the x32 kind do, which have other numbers for all of them."""
# %% last
import ctypes
import json
import mmap
import os
import struct


def runs(code):
    """Run machine code in a child; return how that ends."""
    child = os.fork()
    if child == 0:
        area = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
        area.write(code)
        answer = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))()
        os._exit(0 if answer == os.getpid() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def number(value):
    return b"\xb8" + struct.pack("<I", value)


found = {}
if os.uname().machine == "x86_64":
    found["control"] = runs(number(39) + b"\x0f\x05\xc3")
    found["32 bits"] = runs(number(20) + b"\xcd\x80\xc3")
    found["x32"] = runs(number(0x40000000 + 39) + b"\x0f\x05\xc3")
print(json.dumps(found))
