"""A small disk of a test's own, full or read-only at will: a file system in memory that nobody else sees."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("unshare", "nsenter", "mount", "umount")
HOLDS = 'mount -t tmpfs -o "size=$2,mode=755" none "$1" && echo mounted && exec cat'


def missing() -> str:
    """Return '' where such a disk can be had, else a sentence that says what is missing."""
    lacks = [name for name in PROGRAMS if not shutil.which(name)]
    if lacks:
        return f"a small disk needs the commands {', '.join(lacks)}"
    done = subprocess.run([*_apart(), "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True)
    return f"nobody may mount a small disk here: {done.stderr.strip()}" if done.returncode else ""


def _apart() -> list[str]:
    """Return the command that starts another with mounts of its own."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", *own, "--mount"]


class SmallDisk:
    """A disk at `folder`, seen by the commands of `inside` alone; from outside its files are at `seen`."""

    def __init__(self, folder: Path, process: subprocess.Popen) -> None:
        """Use the mounts of a process that waits."""
        self.folder, self.seen = folder, Path(f"/proc/{process.pid}/root{folder}")
        own = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self._enter = ["nsenter", "--target", str(process.pid), *own, "--mount", f"--wd={os.getcwd()}", "--"]

    def inside(self, *command: str) -> list[str]:
        """Return a command as it is run with this disk."""
        return [*self._enter, *command]

    def mount_again(self, options: str) -> None:
        """Change the disk: `ro`, `rw`, or `size=...`."""
        change = ["mount", "-o", f"remount,{options}", str(self.folder)]
        subprocess.run(self.inside(*change), check=True)

    def fill(self, leave: int = 0) -> None:
        """Fill the disk up to so many bytes."""
        with (self.seen / "filler").open("ab", buffering=0) as file:
            free = os.statvfs(self.seen)
            file.write(b"\0" * max(0, free.f_bavail * free.f_bsize - leave))

    def make_room(self) -> None:
        """Remove what `fill` has written."""
        (self.seen / "filler").unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a disk of this size at `folder`, for the block."""
    folder.mkdir(exist_ok=True)
    holding = [*_apart(), "sh", "-c", HOLDS, "sh", str(folder), size]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "mounted\n"
        yield SmallDisk(folder, process)
        process.stdin.close()
