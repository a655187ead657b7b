"""Isolation on Linux: what a student's process can see, reach and use. Runs in the warm parent and below.

Bubblewrap would do the same for a program that it starts, but it starts one: an interpreter that has to
import NumPy anew takes a second, a fork of one that has done so takes milliseconds. So the few system calls
are made here, through the C library; the filter for system calls is libseccomp's.
"""

import contextlib
import ctypes
import errno
import os
import resource
import stat
import sys
from itertools import islice
from pathlib import Path

SCRATCH = "/scratch"
"""The only folder that a submission can write to: a file system in memory, of its own. Nothing else may lie
at this path, for what is mounted there hides it; an environment may well lie in /tmp."""
NOBODY = 65534
"""Who a submission is outside its namespaces where the superuser grades."""
OTHER = 1
"""Who it is in the namespace of an ordinary user who may map another id than the own one."""
STUDENT = 1000
"""Who it is inside them."""

CLONE = {"newns": 0x20000, "newcgroup": 0x2000000, "newuts": 0x4000000, "newipc": 0x8000000,
         "newuser": 0x10000000, "newpid": 0x20000000, "newnet": 0x40000000}  # fmt: skip
CLONE_FILES, CLONE_THREAD = 0x400, 0x10000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH, AT_FDCWD, AT_RECURSIVE, MOUNT_SETATTR = 2, -100, 0x8000, 442
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 22, 36
SEEN = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime",
        "/etc/alternatives")  # fmt: skip
"""What of the machine a submission can read, beside the interpreter and the installed packages."""
DEVICES = ("null", "full", "random", "urandom")
"""Without `zero`: to map it is to get memory that is shared, which see below."""
FORBIDDEN = (
    # looking into other processes, and tools for breaking out of kernels
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "perf_event_open", "bpf",
    "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "lookup_dcookie", "fanotify_init",
    # other namespaces, mounts, and the machine itself
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsmount", "fsconfig", "fspick", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "swapon",
    "swapoff", "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "acct", "quotactl", "quotactl_fd", "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "keyctl", "add_key", "request_key", "personality", "vhangup", "iopl", "ioperm",
    # memory that no limit counts, and what all programs of a user share
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open", "vmsplice", "io_setup",
    "inotify_init", "inotify_init1", "inotify_add_watch", "setxattr", "lsetxattr", "fsetxattr",
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "modify_ldt",
    "mbind", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages", "move_pages",
    "process_madvise", "process_mrelease",
    # what puts pages into pipes and sockets: one byte is counted, and the page is kept
    "splice", "tee", "sendfile",
    # what makes others wait: for the disk, or for files that have to be read from it once more
    "sync", "syncfs", "sync_file_range", "fadvise64", "readahead",
)  # fmt: skip
FORBIDDEN_BY_ARGUMENT = {
    "fcntl": (1, {37, 38, *range(1024, 1056)} - {1025, 1027, *range(1030, 1036)}),
    "madvise": (2, {12, 20, 21}),
    "prctl": (0, {PR_SET_PDEATHSIG, PR_SET_SECCOMP}),
    "setrlimit": (0, {resource.RLIMIT_CORE}),
}
"""For each system call the position of an argument, and the values of it that are refused.

Of `fcntl` those are leases (F_SETLEASE), which make whoever opens the file wait, F_NOTIFY, what Linux may add
there, and locks that belong to no process (F_OFD_SETLK), of which all are told. Duplicates, pipes and seals
stay. `madvise` is not to move what all read out of memory, nor to have the kernel compare it with others'.
"""
LAST_OLD_OPTION = 61
"""From the next option of `prctl` on all are refused: to keep a core to oneself (PR_SCHED_CORE), to have all
memory compared (PR_SET_MEMORY_MERGE), tables that no limit counts (PR_FUTEX_HASH), and what Linux may add."""
UNKNOWN = -1
"""What libseccomp says of a name that it does not know."""
NUMBERS = {"mount_setattr": 442, "quotactl_fd": 443, "landlock_create_ruleset": 444, "memfd_secret": 447,
           "process_mrelease": 448, "set_mempolicy_home_node": 450}  # fmt: skip
"""Numbers, the same on all processors, of system calls whose names an older libseccomp does not know."""
LAST_KNOWN_CALL, MOST_CALLS = 456, 512
"""System calls that were added behind this one (Linux 6.7) do not exist for a submission, up to so many: such
as `setxattrat`, and what Linux may add. Programs do without what an older kernel has not."""
WITHOUT_EFFECT = ("setsid", "setpgid")
"""Calls that are answered as if they had been done: the kernel may share the processor out by sessions, and
a submission is one."""
SHARED_AND_NAMELESS = 0x21
"""MAP_SHARED | MAP_ANONYMOUS: memory that stays where the processes that have it no longer map it."""
SIGNALS = 256
"""How many signals may wait and timers exist: the kernel keeps a piece of memory for each."""
SOL_SOCKET, SO_SNDBUF = 1, 7
SOCKET_BYTES = 2**18
"""How much the kernel may keep for a Unix socket whose messages nobody reads, if none asks for more."""
MAPPING_BYTES = 256
"""What the kernel keeps for each piece of memory that is mapped."""
MOST_LOCKS, LOCK_BYTES, EVERYTHING = 1000, 256, 2**62
"""How many locks a submission may have, what the kernel keeps for each, and what more than that count as."""
AF_UNIX = 1
"""The one family of sockets that there is: the namespace holds what they reach, and memory is counted."""
LOW_HALF = 2**32 - 1
"""What the kernel looks at of an argument that is an `int`: whoever calls may set the other bits at will."""

NOTHING = "/nothing"
"""An empty folder of the view: a layer can only be shown above another."""

libc = ctypes.CDLL(None, use_errno=True)


class _View:
    """What is known of the view, in the process that has entered it and in all below."""

    has_own_locks = False


_view = _View()


class CannotIsolateError(Exception):
    """This machine cannot isolate; the message says what is missing."""


def _call(function: str, *arguments: object) -> None:
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _call("mount", source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _make_read_only(path: str, flags: int = AT_RECURSIVE, more: int = ATTR_NODEV) -> None:
    attributes = _MountAttributes(set=ATTR_RDONLY | ATTR_NOSUID | more)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _call("syscall", MOUNT_SETATTR, AT_FDCWD, path.encode(), flags, ctypes.byref(attributes), size)


def visible() -> list[str]:
    """Return the folders and files that a submission can read, none inside another."""
    paths = [path for path in (*SEEN, sys.prefix, sys.base_prefix) if os.path.lexists(path)]
    return [
        path
        for path in dict.fromkeys(paths)
        if not any(path != other and Path(path).is_relative_to(other) for other in paths)
    ]


def enter_view(root: str) -> None:
    """Leave the machine's files for a view of the interpreter, the packages and the system's libraries.

    `root` is an empty folder; the view is built on it and lasts as long as this process and its children.
    Raises `CannotIsolateError`.
    """
    for path in visible():
        if Path(__file__).is_relative_to(path):
            raise CannotIsolateError(
                f"the course lies in {path}, all of which submissions can read; keep the environment with "
                "Python in a folder of its own, as .venv is"
            )
    try:
        import pyseccomp  # noqa: F401 - it looks for its library in places that the view does not hold

        _new_mount_namespace()
        _mount("none", "/", "", MS_REC | MS_PRIVATE)
        _mount("view", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
        os.mkdir(root + NOTHING)
        layered = [_show(path, root) for path in visible()]
        _view.has_own_locks = all(layered)
        for name in DEVICES:
            _bind(f"/dev/{name}", f"{root}/dev/{name}")
            _make_read_only(f"{root}/dev/{name}", more=0)  # it can be written to, and its times not changed
        os.symlink(SCRATCH, f"{root}/dev/shm")
        os.mkdir(root + SCRATCH)
        if not os.path.lexists(f"{root}/tmp"):
            os.symlink(SCRATCH, f"{root}/tmp")
        _bind("/proc", f"{root}/proc")  # the kernel asks for one that is seen whole, to make another
        os.chdir(root)
        _call("pivot_root", b".", b".")
        _call("umount2", b".", MNT_DETACH)
        os.chdir("/")
        _make_read_only("/", flags=0)
    except (OSError, ImportError, RuntimeError) as error:
        raise CannotIsolateError(f"{reason(error)}") from error


def bounds() -> dict[str, bool]:
    """Return what of isolation depends on the machine, for those who want to know."""
    return {"own_locks": _view.has_own_locks, "other_user": _other_id() is not None}


def _new_mount_namespace() -> None:
    if os.geteuid() == 0:
        _unshare("newns")
        return
    user, group = os.geteuid(), os.getegid()
    others = _ids_to_lend() if _can_others_read() else None
    if others is None:
        _unshare("newuser", "newns")
        _map_ids(0, user, group)
        return
    if not _map_ids_by_helper({0: (user, group), OTHER: others}):
        _map_ids(0, user, group)


def _can_others_read() -> bool:
    """Tell whether somebody who is not the owner can read the interpreter and the packages."""
    return all(os.stat(path).st_mode & 0o004 for path in (*visible(), os.__file__, ctypes.__file__))


def _ids_to_lend() -> tuple[int, int] | None:
    """Return a user and a group that the system lets this user map, besides its own, if any."""
    import pwd  # it is only needed here, and a student's process shows what has been imported

    user, found = os.geteuid(), []
    names = {str(user)}
    with contextlib.suppress(KeyError):
        names.add(pwd.getpwuid(user).pw_name)
    for file in ("/etc/subuid", "/etc/subgid"):
        with contextlib.suppress(OSError):
            lines = (line.split(":") for line in Path(file).read_text().splitlines())
            found += [int(first) for name, first, count in lines if name in names and int(count)][:1]
    return (found[0], found[1]) if len(found) == 2 else None


def _map_ids_by_helper(ids: dict[int, tuple[int, int]]) -> bool:
    """Enter new namespaces and have several ids mapped by the programs that may; tell whether they did."""
    ready, go = os.pipe()
    process = str(os.getpid())
    helper = os.fork()
    if helper == 0:
        os.close(go)
        os.read(ready, 1)
        failed = 0
        for position, program in enumerate(("newuidmap", "newgidmap")):
            pairs = [str(each) for inside, outside in ids.items() for each in (inside, outside[position], 1)]
            failed |= os.spawnlp(os.P_WAIT, program, program, process, *pairs)
        os._exit(1 if failed else 0)
    os.close(ready)
    _unshare("newuser", "newns")
    os.write(go, b"1")
    os.close(go)
    return os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]) == 0


def _unshare(*names: str) -> None:
    _call("unshare", sum(CLONE[name] for name in names))


def _map_ids(inside: int, user: int, group: int) -> None:
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {user} 1"),
        ("gid_map", f"{inside} {group} 1"),
    ):
        Path("/proc/self", file).write_text(text)


def _show(path: str, root: str) -> bool:
    """Show a folder or file in the view; tell whether a lock on what is in it is nobody else's."""
    if os.path.islink(path):
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        os.symlink(os.readlink(path), root + path)
        path = os.path.realpath(path)
        if any(Path(path).is_relative_to(other) for other in SEEN) or os.path.lexists(root + path):
            return True
    if os.path.isdir(path) and _lay_over(path, root):
        return True
    _bind(path, root + path)
    _make_read_only(root + path)
    return not os.path.isdir(path)


def _lay_over(path: str, root: str) -> bool:
    """Show a folder as a layer: its files have locks of their own there. Tell whether that can be done."""
    mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    places = {line.split()[4] for line in mounts} - {path}
    if any(Path(place).is_relative_to(path) for place in places) or set(path + root) & set(",:\\"):
        return False
    os.makedirs(root + path)
    try:
        flags, layers = MS_RDONLY | MS_NOSUID | MS_NODEV, f"lowerdir={path}:{root}{NOTHING}"
        _mount("layer", root + path, "overlay", flags, layers)
    except OSError:
        return False
    return True


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "x").close()
    _mount(source, target, "", MS_BIND | MS_REC)


def reason(error: BaseException) -> str:
    """Return why something could not be isolated, and where to look."""
    number = getattr(error, "errno", None)
    if number in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EINVAL):
        return (
            f"the system does not let an ordinary program make namespaces ({error}); on Ubuntu see "
            "kernel.apparmor_restrict_unprivileged_userns, in a container its seccomp profile"
        )
    if number == errno.ENOSYS:
        return f"the Linux kernel is older than 5.14 ({error})"
    if isinstance(error, (ImportError, RuntimeError)):
        return f"the library libseccomp is missing (Debian: libseccomp2): {error}"
    return str(error)


def die_with_parent() -> None:
    """Let this process end when the one that has forked it does."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans() -> None:
    """Let what loses its parent become a child of this process, where it comes from one."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """Return the children of this process, as far as the system tells."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = path.read_text().rpartition(")")[2].split()[1]
            found += [int(path.parent.name)] if int(parent) == os.getpid() else []
    return found


def leave_everything() -> None:
    """Take the process that is about to fork a student's into namespaces of their own, as nobody."""
    if (other := _other_id()) is not None:
        if Path("/proc/self/setgroups").read_text().strip() == "allow":
            os.setgroups([])
        os.setresgid(other, other, other)
        os.setresuid(other, other, other)
        _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own /proc/self/uid_map is closed to it
        die_with_parent()
    user, group = os.geteuid(), os.getegid()
    _unshare("newuser", "newns", "newpid", "newnet", "newipc", "newuts", "newcgroup")
    _map_ids(STUDENT, user, group)


def _other_id() -> int | None:
    """Return a user and group that this process can become and that is not the one who grades, if any."""
    if os.geteuid() != 0:
        return None
    maps = [Path("/proc/self", file).read_text().splitlines() for file in ("uid_map", "gid_map")]
    for other in (NOBODY, OTHER):
        ranges = [[[*map(int, line.split())] for line in lines] for lines in maps]
        if all(any(first <= other < first + count for first, _, count in each) for each in ranges):
            return other
    return None


def close_the_door(settings: dict) -> None:
    """In the student's process: its own file system and processes, its limits, and no way back."""
    _mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    size = settings["scratch_megabytes"]
    options = f"size={size}m,nr_inodes={1000 + 100 * size},mode=700"
    _mount("scratch", SCRATCH, "tmpfs", MS_NOSUID | MS_NODEV, options)
    with contextlib.suppress(OSError):
        _call("sethostname", b"grading", 7)
    limit(settings)
    for number in range(41):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    _drop_capabilities()
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()
    os.setsid()
    _forbid(FORBIDDEN if _view.has_own_locks else (*FORBIDDEN, "flock"))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def _drop_capabilities() -> None:
    header, none = _CapabilityHeader(version=0x20080522, pid=0), (ctypes.c_uint32 * 6)()
    _call("capset", ctypes.byref(header), ctypes.byref(none))


def _forbid(names: tuple[str, ...]) -> None:
    """Let the kernel refuse these system calls, and some others where their arguments are wrong.

    Those are new namespaces, sockets that are no Unix ones, memory that no limit counts, to live on without
    a parent, to change how large a core file may be, which see `limit`, and whatever is newer than this list.
    """
    import pyseccomp as seccomp

    def has(position: int, value: int, bits: int = LOW_HALF) -> seccomp.Arg:
        return seccomp.Arg(position, seccomp.MASKED_EQ, bits, value)

    filter_ = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in names:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        if (number := NUMBERS.get(name, number) if number == UNKNOWN else number) >= 0:
            filter_.add_rule(refused, number)
    for name in WITHOUT_EFFECT:
        filter_.add_rule(seccomp.ERRNO(0), name)
    for name, (position, values) in FORBIDDEN_BY_ARGUMENT.items():
        for value in values:
            filter_.add_rule(refused, name, has(position, value))
    missing = seccomp.ERRNO(errno.ENOSYS)
    for name in ("clone3", *range(LAST_KNOWN_CALL + 1, MOST_CALLS)):
        filter_.add_rule(missing, name)  # of clone3 the flags cannot be looked at; glibc falls back
    filter_.add_rule(refused, "prctl", seccomp.Arg(0, seccomp.GT, LAST_OLD_OPTION))
    # who shares files with a process and is no thread of it leaves it locks that nobody sees
    filter_.add_rule(refused, "clone", has(0, CLONE_FILES, CLONE_FILES | CLONE_THREAD))
    for flag in CLONE.values():
        filter_.add_rule(refused, "clone", has(0, flag, flag))
    unknown = seccomp.ERRNO(errno.EAFNOSUPPORT)  # what programs expect where a family is missing
    for name in ("socket", "socketpair"):
        filter_.add_rule(unknown, name, has(0, 0))
        for bit in range(AF_UNIX, 32):
            filter_.add_rule(unknown, name, has(0, 1 << bit, 1 << bit))
    filter_.add_rule(refused, "mmap", has(3, SHARED_AND_NAMELESS, SHARED_AND_NAMELESS))
    filter_.add_rule(refused, "setsockopt", has(1, SOL_SOCKET), has(2, SO_SNDBUF))
    core = resource.RLIMIT_CORE
    filter_.add_rule(refused, "prlimit64", has(1, core), seccomp.Arg(2, seccomp.NE, 0))
    filter_.load()


def limit(settings: dict) -> None:
    """Set the limits that the kernel keeps for each process."""
    megabyte = 2**20
    limits = {
        "CORE": 1 if sys.platform == "linux" else 0,  # with 0, Linux still starts the system's crash reporter
        "CPU": settings["cpu_seconds"],
        "FSIZE": settings["scratch_megabytes"] * megabyte,
        "NOFILE": settings["open_files"],
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "RTPRIO": 0,
        "SIGPENDING": SIGNALS,
    }
    if settings["isolated"]:  # elsewhere it would count what the person who grades runs beside it
        limits["NPROC"] = settings["processes"]
    if sys.platform == "linux":
        limits["AS"] = settings["memory_megabytes"] * megabyte + address_space()
    for name, most in limits.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:
            hard = resource.getrlimit(number)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(number, (most, most))


def address_space() -> int:
    """Return how many bytes of addresses this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def memory_of(process: str) -> int:
    """Return the bytes of memory that a process holds, shared ones by their share; 0 if it has ended."""
    try:
        lines = Path("/proc", process, "smaps_rollup").read_text().splitlines()
        own = 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("Pss:", "SwapPss:")))
    except OSError:
        own = _resident(process)
    return own + _page_tables(process) + MAPPING_BYTES * _mappings(process)


def _page_tables(process: str) -> int:
    """Return the bytes in which the kernel notes where the memory of a process lies."""
    with contextlib.suppress(OSError):
        for line in Path("/proc", process, "status").read_text().splitlines():
            if line.startswith("VmPTE:"):
                return 1024 * int(line.split()[1])
    return 0


def _resident(process: str) -> int:
    """Return the bytes in memory of a process that nobody may look into, or whose first thread has ended."""
    found = 0
    with contextlib.suppress(OSError):  # the process may end at any moment
        for thread in Path("/proc", process, "task").iterdir():
            with contextlib.suppress(OSError):
                pages = int((thread / "statm").read_text().split()[1])
                found = max(found, pages * resource.getpagesize())
    return found


def _mappings(process: str) -> int:
    """Return in how many pieces the memory of a process is mapped."""
    found = 0
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb", buffering=0) as file:
        while piece := file.read(1 << 16):
            found += piece.count(b"\n")
    return found


def hold_more_than(most: int) -> bool:
    """Tell whether all processes of the namespace whose /proc this is hold more bytes of memory together."""
    found = _memory_of_sockets() + _memory_of_locks()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        if found > most:
            break
        found += memory_of(name)
    return found > most


def _memory_of_sockets() -> int:
    """Return how many bytes the kernel may keep for the Unix sockets of that namespace."""
    try:
        return SOCKET_BYTES * Path("/proc/1/net/unix").read_bytes().count(b"\n")
    except OSError:
        return 0


def _memory_of_locks() -> int:
    """Return how many bytes the kernel keeps for locks of that namespace; more than all for too many."""
    found = 0
    with contextlib.suppress(OSError), open("/proc/locks", "rb") as file:
        for line in islice(file, 10 * MOST_LOCKS):  # the kernel takes long to tell of more than that
            found += b"OFDLCK" not in line  # those are shown to everybody, whosever they are
            if found > MOST_LOCKS:
                return EVERYTHING
    return LOCK_BYTES * found


def close_all_but(*kept: int) -> None:
    """Close every file but these and the three standard ones, which lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    last = 2
    for number in sorted(kept):
        os.closerange(last + 1, number)
        last = number
    os.closerange(last + 1, 4096)


def is_plain_file(path: str) -> bool:
    """Tell whether a path is a file, and neither a link nor a device."""
    return stat.S_ISREG(os.lstat(path).st_mode)
