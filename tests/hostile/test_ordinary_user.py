"""A hostile batch that is graded by an ordinary user, who has no privilege to isolate anybody with."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.chapter.cells import ROOT
from tests.classes import CHAPTER, hand_in
from tests.conftest import lacking
from tests.crowd import end_of
from tests.hostile.batch import (
    HONEST,
    UNHARMED,
    grade_watched,
    hand_in_all,
    new_class,
    nothing_new_of_the_kernel_is_there,
    nothing_shared_is_taken_hold_of,
    start,
    written,
)

pytestmark = pytest.mark.heavy

HERE = Path(__file__).parent
NOBODY = 65534
CHOSEN = {
    "ending_itself": ["kills_everybody", "outlives_its_notebook"],
    "reaching_out": [
        "changes_its_world",
        "looks_at_other_processes",
        "reads_secrets",
        "writes_outside",
        "takes_hold_of_what_is_shared",
        "calls_what_is_new",
    ],
    "resources": [
        "fills_memory_in_children_that_hide",
        "fills_memory_with_locks",
        "fills_memory_with_page_tables",
        "loops_in_a_call",
        "starts_processes_in_a_call",
    ],
}
UNCOVERED = """\
set -e
hidden=$1 shown=$2 kept=$3
shift 3
mount --bind "$shown" "$kept"
mount -t tmpfs -o mode=755 none "$hidden"
mkdir -p "$shown"
mount --bind "$kept" "$shown"
exec "$@"
"""
"""Shows a folder that lies in a closed one, and nothing else of that, in a private view of the files."""
LENT = """\
set -e
mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
shift
exec "$@"
"""
"""Shows other files of the ids that are lent to users, in a private view."""
WHO = """\
import json
print(json.dumps([open(f"/proc/self/{kind}_map").read().split() for kind in ("uid", "gid")]))
"""


def closed_folder(path: Path) -> Path | None:
    """Return the folder on the way to `path` that only its owner can enter, if any."""
    return next((each for each in [*path.parents][::-1] if not each.stat().st_mode & 0o001), None)


def as_nobody(kept: Path) -> tuple[str, ...]:
    """Return the command that starts another as nobody, who can read the interpreter then."""
    change = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
    shown = Path(sys.base_prefix).resolve()
    if (hidden := closed_folder(shown / "bin")) is None:
        return change
    return ("unshare", "--mount", "sh", "-c", UNCOVERED, "sh", str(hidden), str(shown), str(kept), *change)


@pytest.fixture(scope="module")
def folder():
    """A folder that nobody can use: those of the tests are closed."""
    yield from folder_of_nobody()


@pytest.fixture
def another_folder():
    yield from folder_of_nobody()


def folder_of_nobody() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("the tests are run by an ordinary user, so that all of them show what this would")
    if closed_folder(ROOT) or not (shutil.which("setpriv") and shutil.which("unshare")):
        lacking("nobody cannot read the checkout, or the commands setpriv and unshare are missing")
    made = Path(tempfile.mkdtemp(prefix="ordinary-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def batch(folder, chapter):
    course = new_class(folder, chapter)
    told = {
        "PATHS": {"shadow": "/etc/shadow", "passwd": "/etc/passwd", "class": str(course.folder)},
        "PROCESSES": [os.getpid()],
        "FOLDERS": [str(course.folder), str(folder), str(folder / "home")],
        "FILES": [str(course.folder / "gradebook.db")],
    }
    told["PATHS"] |= {"home": str(folder / "home"), "checkout": str(ROOT / "README.md")}
    for theme, names in CHOSEN.items():
        hand_in_all(course, HERE / theme, told, names)
    environment = own_everything(folder)
    return grade_watched(course, chapter, environment=environment, command=as_nobody(folder / "kept"))


def own_everything(folder: Path) -> dict[str, str]:
    """Give a folder to nobody; return the environment that keeps everything in it."""
    for name in ("home", "temporary", "kept"):
        (folder / name).mkdir()
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
    return {"XDG_DATA_HOME": str(folder / "home" / "data")}


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


def test_an_ordinary_user_has_graded(batch):
    assert (batch.course.folder / "autograded").stat().st_uid == NOBODY
    assert batch.summary["summary"]["isolated"]


@pytest.mark.parametrize("name", [name for names in CHOSEN.values() for name in names])
def test_a_hostile_submission_gets_the_same_from_an_ordinary_user(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


def test_a_submission_reads_nothing_that_the_user_could_read(batch):
    found = batch.printed("reads_secrets")
    assert found.pop("own") == {"read": "my own file"}
    assert not {name: seen for name, seen in found.items() if "read" in seen}


def test_a_submission_writes_nothing_that_the_user_could_write(batch):
    found = batch.printed("writes_outside")
    assert found.pop("own folder") == found.pop("own file") == "done"
    assert found.pop("writable in /proc") == []
    assert not [name for name, said in found.items() if said == "done"]


def test_a_submission_takes_hold_of_nothing_that_the_user_owns(batch):
    nothing_shared_is_taken_hold_of(batch)


def test_a_submission_gets_nothing_that_linux_has_got_of_late(batch):
    nothing_new_of_the_kernel_is_there(batch)


@pytest.mark.parametrize("name", ["fills_memory_with_locks", "fills_memory_with_page_tables"])
def test_what_the_kernel_keeps_is_counted_without_a_control_group_too(batch, name):
    said = "".join(str(cell.get("outputs", "")) for cell in batch.graded(name).cells)
    assert "used more memory than the 300 megabytes" in said


def test_a_submission_has_no_more_privileges_than_the_user(batch):
    found = batch.printed("changes_its_world")
    status = found.pop("status")
    assert found.pop("control") == "done"
    assert found.pop("core") in ([1, 1], [0, 0])
    assert not [name for name, said in found.items() if said == "done"]
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}


def test_a_submission_sees_no_process_of_the_user(batch):
    found = batch.printed("looks_at_other_processes")
    assert (found["before"], found["parent"], found["told"]) == ([1], 0, ["ProcessLookupError"])


def test_a_students_folder_that_may_not_be_read_is_not_graded_and_stops_nobody(batch, folder):
    """Root may read every folder, so that only another user meets one that is closed."""
    closed = batch.course.folder / "submitted" / "closed"
    (closed / CHAPTER).mkdir(parents=True)
    closed.chmod(0o700)
    seeds = {"XDG_DATA_HOME": str(folder / "home" / "data")}
    try:
        ended = end_of(start(batch.course, None, seeds, as_nobody(folder / "kept"), ["--json"]))
    finally:
        shutil.rmtree(closed)
    assert ended.status == 1, ended
    assert ended.outcomes == {**dict.fromkeys(batch.outcomes, "unchanged"), "closed": "not_graded"}
    assert f"the folder {closed} may not be read; give yourself the right to, and grade again" in ended.output


def graded_with_lent_ids(folder, chapter, lines):
    """Let nobody grade where these lines say who is lent which ids."""
    course = new_class(folder, chapter)
    hand_in(course, "who", written([("last", WHO)]))
    hand_in_all(course, HERE / "reaching_out", names=["takes_hold_of_what_is_shared"])
    (lent := folder / "lent").write_text(lines)
    environment = own_everything(folder)
    command = ("unshare", "--mount", "sh", "-c", LENT, "sh", str(lent), *as_nobody(folder / "kept"))
    return grade_watched(course, chapter, environment=environment, command=command)


def test_where_other_ids_are_lent_to_a_user_a_submission_runs_under_one_of_them(another_folder, chapter):
    """In the user's namespace 0 is the user and 1 what is lent; the submission is 1000 and nobody else."""
    if not shutil.which("newuidmap"):
        lacking("the command newuidmap is missing")
    batch = graded_with_lent_ids(another_folder, chapter, "nobody:200000:10\n")
    assert batch.printed("who") == [["1000", "1", "1"]] * 2
    nothing_shared_is_taken_hold_of(batch)
    for check in UNHARMED[:4]:
        check(batch)


def test_where_no_ids_are_lent_it_runs_walled_in_under_that_of_the_user(another_folder, chapter):
    batch = graded_with_lent_ids(another_folder, chapter, "somebody:200000:10\n")
    assert batch.printed("who") == [["1000", "0", "1"]] * 2
    assert batch.points["who"] == batch.deserved(**HONEST)
