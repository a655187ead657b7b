"""Say what this machine has and what each missing part would add. Needs nothing but Python itself."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

REQUIRED = ((3, 11), (3, 14))
"""Python from the first version up to, but not including, the second."""

OPTIONAL = {
    "Chromium": (
        ("chromium", "chromium-browser", "google-chrome"),
        "the tests that open the built pages in a real browser (`make test` skips them without it)",
    ),
    "chromedriver": (
        ("chromedriver",),
        "the test that marks an answer in the formgrader, together with Chromium",
    ),
    "PostgreSQL": (
        ("postgres",),
        "the tests that grade into a gradebook on a database server (`make test` skips them without it)",
    ),
}

BOUNDS = {
    "memory": (
        "control group for each submission",
        "it bounds all memory that the kernel keeps for a submission; without it mappings, pipes and open "
        "files are bounded in number alone",
    ),
    "cpu": (
        "share of the processor for each submission",
        "that control group gives it; without it busy processes are made nicer",
    ),
    "other_user": (
        "another user's id for submissions",
        "without it they run, walled in, under yours; who is no superuser needs newuidmap (Debian: uidmap), "
        "lines in /etc/subuid and /etc/subgid, and packages that everybody can read",
    ),
    "own_locks": (
        "separate locks on files that all submissions read",
        "without them a submission cannot use flock; it takes overlay file systems",
    ),
}
"""What of the sandbox depends on the machine: what it is, and what it takes or what is done without it."""


def main() -> int:
    """Print the findings; return 1 if something that is needed is missing."""
    python = ".".join(map(str, sys.version_info[:3]))
    fits = REQUIRED[0] <= sys.version_info[:2] < REQUIRED[1]
    _say(fits, f"Python {python}", "needed: 3.11, 3.12 or 3.13")
    make = shutil.which("make") is not None
    _say(make, "make", "needed for every command of the README")
    packages = find_spec("nbgrader") is not None
    _say(
        packages, "the course's packages", "run `make course` or `make test`; either installs them into .venv"
    )
    for name, (commands, adds) in OPTIONAL.items():
        _say(any(map(program, commands)), f"{name} (optional)", f"it adds {adds}")
    missing, bounds = _try_to_isolate() if packages else ("known when the course's packages are there", {})
    adds = "without it `grade` needs --unsafe-no-isolation; it takes Linux 5.14 with user namespaces"
    _say(not missing, "isolation of submissions (optional)", f"{adds}{f' ({missing})' if missing else ''}")
    if not missing:
        _say_what_is_bounded(bounds)
    return 0 if fits and make else 1


def _say_what_is_bounded(bounds: Mapping[str, Any]) -> None:
    """Say what of the sandbox depends on this machine."""
    why = f" ({bounds['why_no_groups']})" if bounds["why_no_groups"] else ""
    is_found = {name: name in bounds["groups"] for name in ("memory", "cpu")} | bounds
    for name, (what, about) in BOUNDS.items():
        _say(is_found[name], f"{what} (optional)", f"{about}{why if name == 'memory' else ''}")


def _try_to_isolate() -> tuple[str, Mapping[str, Any]]:
    """Isolate a process; return '' or why that cannot be done, and what bounds it here."""
    from autograder.classroom.course import Course
    from autograder.running.sandbox import IsolationError, warm_parent

    try:
        warm = warm_parent(Course(Path("course")).limits() | {"unsafe_no_isolation": False})
    except IsolationError as error:
        why = str(error).removeprefix("submissions cannot be isolated on this machine: ").partition(". ")[0]
        return why, {}
    return "", warm.bounds


def program(name: str) -> str | None:
    """Return where a program is. Debian keeps PostgreSQL's off the path; the newest of them counts."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(folders, key=lambda f: [*map(int, re.findall(r"\d+", f.parent.name))], reverse=True)
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, newest_first)))


def _say(found: bool, what: str, about: str) -> None:
    print(f"{'found  ' if found else 'missing'}  {what}: {about}")
