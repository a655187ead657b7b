"""Uses the system calls by which one process looks into another, on its first process, parent and child."""
# %% last
import ctypes
import json
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0:
    signal.pause()
area = ctypes.create_string_buffer(64)
part = (ctypes.c_size_t * 2)(ctypes.addressof(area), 64)


def call(function, *arguments):
    ctypes.set_errno(0)
    return [getattr(libc, function)(*arguments), ctypes.get_errno()]


found = {"control": call("getpriority", 0, 0), "traceme": call("ptrace", 0, 0, 0, 0)}
for name, number in {"first": 1, "parent": os.getppid(), "child": child}.items():
    found[f"attach {name}"] = call("ptrace", 16, number, 0, 0)
    found[f"seize {name}"] = call("ptrace", 0x4206, number, 0, 0)
    found[f"read {name}"] = call("process_vm_readv", number, part, 1, part, 1, 0)
    found[f"write {name}"] = call("process_vm_writev", number, part, 1, part, 1, 0)
    found[f"compare {name}"] = call("syscall", 312, os.getpid(), number, 0, 0, 0)
handle = os.pidfd_open(child)
found["file of child"] = call("syscall", 438, handle, 0, 0)
found["perf"] = call("syscall", 298, area, 0, -1, -1, 0)
found["bpf"] = call("syscall", 321, 0, area, 64)
found["userfaultfd"] = call("syscall", 323, 0)
found["io_uring"] = call("syscall", 425, 8, area)
found["keys"] = call("syscall", 250, 0, -3, 0)
found["kernel log"] = call("syscall", 103, 3, area, 64)
os.kill(child, signal.SIGKILL)
print(json.dumps(found))
