"""Mounts, unshares, changes its root, its user, its limits, the clock and the name of the machine."""
# %% last
import ctypes
import json
import os
import resource
import socket
import stat
import time

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    def action():
        ctypes.set_errno(0)
        if getattr(libc, function)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), function)

    return action


def put(path, text):
    def action():
        with open(path, "wb", 0) as file:
            file.write(text)

    return action


def more(limit, most):
    return lambda: resource.setrlimit(limit, (most, most))


def joins(kind):
    def action():
        call("setns", os.open(f"/proc/1/ns/{kind}", os.O_RDONLY), 0)()

    return action


limits = [(resource.RLIMIT_NPROC, 10**6), (resource.RLIMIT_NOFILE, 10**6), (resource.RLIMIT_AS, -1)]
limits += [(resource.RLIMIT_CPU, -1), (resource.RLIMIT_FSIZE, -1), (resource.RLIMIT_CORE, -1)]
flags = {0x20000: "mounts", 0x2000000: "cgroups", 0x4000000: "name", 0x8000000: "ipc", 0x10000000: "users"}
flags |= {0x20000000: "processes", 0x40000000: "network", 0x80: "time"}
actions = {
    "control": lambda: os.mkdir("own"),
    "mount": call("mount", b"none", b"/scratch", b"tmpfs", 0, b""),
    "mount again": call("mount", b"none", b"/usr", None, 32 | 4096, b""),
    "unmount": call("umount2", b"/proc", 2),
    "mount, new way": call("syscall", 430, b"tmpfs", 0),
    "tree": call("syscall", 428, -100, b"/", 1),
    "attributes of a mount": call("syscall", 442, -100, b"/usr", 0, bytes(32), 32),
    "pivot": call("syscall", 155, b".", b"."),
    "chroot": lambda: os.chroot("."),
    "user 0": lambda: os.setuid(0),
    "group 0": lambda: os.setgid(0),
    "groups": lambda: os.setgroups([0]),
    "users": lambda: os.setresuid(0, 0, 0),
    "user outside": lambda: os.setuid(65534),
    "map of users": put("/proc/self/uid_map", b"0 0 1"),
    "capabilities": call("capset", (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[2**32 - 1] * 6)),
    "name of the machine": lambda: socket.sethostname("hostile"),
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "device": lambda: os.mknod("device", 0o666 | stat.S_IFCHR, os.makedev(1, 3)),
    "nice": lambda: os.nice(-5),
    "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "no killing": put("/proc/self/oom_score_adj", b"-1000"),
    "restart": call("reboot", 0),
    "swap": call("swapoff", b"/nothing"),
    "module": call("syscall", 175, 0, 0, b""),
    "accounting": call("acct", b"/nothing"),
    "personality": call("personality", 0x40000),
    "memory file": call("memfd_create", b"hostile-was-here", 0),
    "shared segment": call("shmget", 0, 4096, 0o1600),
    "locked memory": call("mlock", ctypes.create_string_buffer(8192), 8192),
    "owner of a file": lambda: os.chown("own", 0, 0),
    "new namespace of a child": call("syscall", 56, 0x10000000 | 17, 0, 0, 0, 0),
    "new child, new way": call("syscall", 435, bytes(88), 88),
    "a core file after all": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    "a life without parents": call("prctl", 1, 0, 0, 0, 0),
    **{f"unshare {name}": call("unshare", flag) for flag, name in flags.items()},
    **{f"join {kind}": joins(kind) for kind in ("user", "mnt", "net", "pid")},
    **{f"limit {limit}": more(limit, most) for limit, most in limits},
}
found = {}
for name, action in actions.items():
    try:
        action()
        found[name] = "done"
    except (OSError, ValueError) as error:
        found[name] = type(error).__name__
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
found["core"] = resource.getrlimit(resource.RLIMIT_CORE)
found["status"] = {name: status[name] for name in ("Uid", "Gid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")}
print(json.dumps(found))
