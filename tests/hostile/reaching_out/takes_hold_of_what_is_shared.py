"""Takes leases and locks on files that all read, changes the times of devices, waits for the disk for all.

Numbers are given to the kernel once as they are and once with a bit set that it does not look at.
"""
# %% last
import ctypes
import errno
import fcntl
import json
import os
import platform
import socket

libc = ctypes.CDLL(None, use_errno=True)
UNSEEN = 1 << 32
NUMBERS = {
    "x86_64": {"fcntl": 72, "socket": 41, "socketpair": 53, "setsockopt": 54, "prctl": 157, "setrlimit": 160,
               "sync": 162, "seccomp": 317, "fadvise64": 221, "landlock_create_ruleset": 444},
    "aarch64": {"fcntl": 25, "socket": 198, "socketpair": 199, "setsockopt": 208, "prctl": 167, "setrlimit": 164,
                "sync": 81, "seccomp": 277, "fadvise64": 223, "landlock_create_ruleset": 444},
}[platform.machine()]
SETLEASE, NOTIFY, OFD_SETLK = 1024, 1026, 37


def said(result):
    return "done" if result != -1 else errno.errorcode[ctypes.get_errno()]


def call(name, *arguments):
    longs = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    return lambda: said(libc.syscall(ctypes.c_long(NUMBERS[name]), *longs))


def function(name, *arguments):
    return lambda: said(getattr(libc, name)(*arguments))


shared = os.open(os.__file__, os.O_RDONLY)
null = os.open("/dev/null", os.O_RDWR)
own = os.open("own", os.O_RDWR | os.O_CREAT)
one, other = socket.socketpair()
numbers, lock, more = (ctypes.c_int * 2)(), ctypes.create_string_buffer(32), ctypes.c_int(1 << 22)
times = (ctypes.c_long * 4)(1, 0, 1, 0)
actions = {
    "own lock": lambda: fcntl.lockf(own, fcntl.LOCK_EX | fcntl.LOCK_NB) or "done",
    "own flock": lambda: fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB) or "done",
    "own time": lambda: os.utime("own") or "done",
    "own pair": lambda: "done",
    "lease of a folder": call("fcntl", os.open("/usr", os.O_RDONLY), SETLEASE, fcntl.F_RDLCK),
    "lock of a file description": call("fcntl", own, OFD_SETLK, lock),
    "time of a device": function("utimensat", -100, b"/dev/null", times, 0),
    "time of a device, now": function("futimens", null, None),
    "time of a package": function("utimensat", -100, os.__file__.encode(), times, 0),
    "sync": call("sync"),
    "sync of all that is shared": function("syncfs", shared),
    "forget what was read": call("fadvise64", shared, 0, 0, 4),
    "attribute": function("setxattr", b"own", b"user.hostile-was-here", b"x", 1, 0),
    "ruleset": call("landlock_create_ruleset", (ctypes.c_ulong * 1)(1), 8, 0),
    "filter": call("seccomp", 1, 0, None),
}
for name, bit in {"": 0, ", with a bit that is not looked at": UNSEEN}.items():
    actions |= {
        f"lease{name}": call("fcntl", shared, SETLEASE | bit, fcntl.F_RDLCK),
        f"notice{name}": call("fcntl", os.open("/usr", os.O_RDONLY), NOTIFY | bit, 1),
        f"netlink{name}": call("socket", 16 | bit, 3, 0),
        f"pair of netlink{name}": call("socketpair", 16 | bit, 3, 0, numbers),
        f"internet{name}": call("socket", 2 | bit, 1, 0),
        f"virtual machines{name}": call("socket", 40 | bit, 1, 0),
        f"room for messages{name}": call("setsockopt", one.fileno(), 1 | bit, 7, ctypes.byref(more), 4),
        f"life without parents{name}": call("prctl", 1 | bit, 0, 0, 0, 0),
        f"core file{name}": call("setrlimit", 4 | bit, (ctypes.c_ulong * 2)(0, 0)),
    }
found = {name: action() for name, action in actions.items()}
print(json.dumps(found))
