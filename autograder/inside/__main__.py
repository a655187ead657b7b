"""The warm parent: a process that has imported what notebooks import and forks a child for each submission.

The grader speaks to it over a socket, its standard input. The first two messages are JSON behind four bytes
of length: where fonts are known, and the settings. Each further message is one byte with two sockets,
`control` and `data`. The child keeps `control` and watches over a grandchild, which is the student's process
and keeps `data`. `control` carries to the watcher b"i" (interrupt), and b"w" with a moment: it answers with a
line, the seconds since then for which others kept the processes from the processor. In the end its report
comes back. When the grader closes `control`, everything ends.
"""

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time

import groups
import isolation
import usage

LENGTH = struct.Struct("!I")
MOMENT_ASKED = struct.Struct("!d")
MOMENT = 0.05
"""Seconds between two looks at a student's process: has it ended, and how much memory does it hold?"""
ORPHANS_SECONDS = 5
"""How long at most processes are ended that start others meanwhile."""


def main() -> None:
    """Warm up, shut the door to the rest of the machine, and fork for each request."""
    grader = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.environ.update(_hear(grader))  # where Matplotlib knows the fonts; no child is given this
    settings: dict = {}
    ours: groups.Groups | None = None
    try:
        import shell  # and with it Matplotlib, which looks for its fonts at once

        shell.warm_up()
        settings = _hear(grader)
        bounds = {}
        if settings["isolated"]:
            ours, why_not = groups.find(settings, isolation.leave_everything)
            isolation.enter_view(settings["root"])
            bounds = {"groups": sorted(ours.controllers) if ours else [], "why_no_groups": why_not}
            bounds |= isolation.bounds()
        ready = {"ready": True, "bounds": bounds}
    except EOFError:  # the grader has no need for it
        return
    except (OSError, isolation.CannotIsolateError, ImportError) as error:
        ready = {"ready": False, "why": str(error)}
    with contextlib.suppress(OSError):  # the grader may have been stopped meanwhile
        grader.sendall(json.dumps(ready).encode())
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    gc.collect()
    gc.freeze()  # what is alive now is never looked at again, so its memory stays shared
    try:
        _fork_for_each_request(grader, settings, ours) if ready["ready"] else None
    finally:
        _leave(ours)


def _fork_for_each_request(grader: socket.socket, settings: dict, ours: groups.Groups | None) -> None:
    taken: dict[int, int] = {}
    while True:
        message, descriptors, *_ = socket.recv_fds(grader, 1, 2)
        for child in _reap():
            if ours and child in taken:
                ours.give_back(taken.pop(child))
        if not message:
            return
        control, data = descriptors
        number = ours.take() if ours else 0
        child = os.fork()
        if child == 0:
            grader.close()
            _watch(socket.socket(fileno=control), data, settings, ours, number)
            os._exit(0)
        taken[child] = number
        os.close(control)
        os.close(data)


def _leave(ours: groups.Groups | None) -> None:
    """Wait for the last children, if anything is to be removed behind them."""
    until = time.monotonic() + groups.ENDING_SECONDS
    while ours and isolation.children() and time.monotonic() < until:
        time.sleep(MOMENT / 10)
        _reap()
    if ours:
        ours.close()


def _hear(grader: socket.socket) -> dict:
    """Return one message of the grader's; requests may follow at once, so not a byte more is read."""
    (length,) = LENGTH.unpack(_read(grader, LENGTH.size))
    return json.loads(_read(grader, length))


def _read(grader: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = grader.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _reap() -> list[int]:
    """Wait for the children that have ended, and return them; so their processor time counts as ours."""
    ended = []
    with contextlib.suppress(ChildProcessError):
        while child := os.waitpid(-1, os.WNOHANG)[0]:
            ended.append(child)
    return ended


def _watch(
    control: socket.socket, data: int, settings: dict, ours: groups.Groups | None, number: int
) -> None:
    """Fork the student's process, and end it when it has to end; whatever happens, report and return."""
    report = {"why": "", "status": None, "waited": 0.0}
    student, place, door = None, isolation.SCRATCH, None
    used = usage.Usage(has_share=ours is not None and "cpu" in ours.controllers)
    try:
        os.setsid()
        isolation.die_with_parent()
        if ours:
            door = ours.door(number)  # nobody can open it who has left
        if settings["isolated"]:
            isolation.leave_everything()
        else:
            isolation.adopt_orphans()
            place = tempfile.mkdtemp(prefix="submission-")
        own = isolation.memory_of("self")  # here, because the child takes this process's /proc away
        failure, told = os.pipe()
        student = os.fork()
        if student == 0:
            _be_student(control, data, told, place, settings, door)
        os.close(data)
        os.close(told)
        memory = settings["memory_megabytes"] * 2**20 + own
        report["why"] = _wait(control, failure, student, settings, memory, used)
        if not report["why"] and door and door.ran_out_of_memory():
            report["why"] = "memory"
    except BaseException as error:
        report["why"] = f"cannot isolate: {isolation.reason(error)}"
    finally:
        report["status"] = _end(student, settings)
        report["waited"] = used.kept_waiting(0.0)
        if not settings["isolated"]:
            shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):  # nobody may listen any more
            control.sendall(json.dumps(report).encode())


def _be_student(
    control: socket.socket, data: int, told: int, place: str, settings: dict, door: groups.Door | None
) -> None:
    """Become the student's process, run what the grader asks for, and never return."""
    try:
        import shell

        control.close()
        if door:
            door.enter()
        connection = socket.socket(fileno=data)
        isolation.close_all_but(data, told)
        if settings["isolated"]:
            isolation.close_the_door(settings)
        else:
            os.setsid()
            isolation.die_with_parent()
            isolation.limit(settings)
        os.close(told)
        shell.serve(connection, place, settings["environment"])
    except BaseException as error:
        with contextlib.suppress(OSError):  # it is closed as soon as the student's code can run
            os.write(told, f"cannot isolate: {isolation.reason(error)}".encode())
    finally:
        os._exit(70)


def _wait(
    control: socket.socket, failure: int, student: int, settings: dict, memory: int, used: usage.Usage
) -> str:
    """Wait until the student's process has ended or has to; return why it had to end, or ''.

    `failure` ends when the process is behind the door, or says why it is not; before that, /proc shows the
    whole machine, whose memory and time are nobody's. `memory` are the bytes that all processes may have.
    """
    looked, is_behind_the_door = 0.0, False
    while True:
        waited_for = [control] if is_behind_the_door else [control, failure]
        readable, _, _ = select.select(waited_for, [], [], MOMENT)
        if failure in readable:
            if why := os.read(failure, 1000).decode():
                return why
            is_behind_the_door = True
        is_seen = settings["isolated"] and is_behind_the_door
        if control in readable and not _obey(control, student, used if is_seen else None):
            return "closed"
        if os.waitid(os.P_PID, student, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return ""
        if is_seen and time.monotonic() - looked > 2 * MOMENT:
            if isolation.hold_more_than(memory):
                return "memory"
            used.look()
            used.be_fair(student)
            looked = time.monotonic()


def _obey(control: socket.socket, student: int, used: usage.Usage | None) -> bool:
    """Do what the grader asks for; return False where it has hung up."""
    order = control.recv(1)
    if order == b"i":
        os.kill(student, signal.SIGINT)
    if order == b"w":
        (begun,) = MOMENT_ASKED.unpack(control.recv(MOMENT_ASKED.size, socket.MSG_WAITALL))
        if used:
            used.look()
        control.sendall(b"%f\n" % (used.kept_waiting(begun) if used else 0.0))
    return bool(order)


def _end(student: int | None, settings: dict) -> int | None:
    """End the student's process with all that it has started; return how it ended."""
    if student is None:
        return None
    for end, whom in ((os.kill, student), (os.killpg, student)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(whom, signal.SIGKILL)  # the first process of a namespace takes all others with it
        if settings["isolated"]:
            break
    status = os.waitstatus_to_exitcode(os.waitpid(student, 0)[1])
    if not settings["isolated"]:
        _end_orphans()
    return status


def _end_orphans() -> None:
    """End what a process that was not isolated has left: each becomes our child when its parent ends."""
    until = time.monotonic() + ORPHANS_SECONDS
    while (children := isolation.children()) and time.monotonic() < until:
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        time.sleep(MOMENT / 10)
        _reap()


if __name__ == "__main__":
    main()
