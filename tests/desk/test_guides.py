"""The guides in `docs/` are followed as they stand: each block of commands in its order, in a checkout."""

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from sqlalchemy import make_url

from autograder.chapter.cells import ROOT
from tests.classes import CHAPTER, answer
from tests.lms import archives

LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "_build", "course", "tests", "*cache*", "__pycache__")
BLOCK = re.compile(r"^```sh( student)?\n(.*?)^```$", re.M | re.S)
FAILED = re.compile(r"\| (?:ERROR|CRITICAL)\]")
"""How nbgrader says that something went wrong, also where it goes on."""
POINTS = 2.0
"""What `td_errors` is worth, the one function that the hand-ins here answer."""

pytestmark = pytest.mark.heavy


def blocks(guide):
    """Return the blocks of commands of a guide: whether a student types them, and the commands."""
    text = (ROOT / "docs" / f"{guide}.md").read_text("utf-8")
    return [(bool(student), commands) for student, commands in BLOCK.findall(text)]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the course, as one has it who has just fetched it."""
    shutil.copytree(ROOT, tmp_path / "checkout", ignore=LEFT_BEHIND, symlinks=True)
    return tmp_path / "checkout"


def run(commands, folder, **more):
    """Run commands in a shell that stops at the first that fails; return what they print."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "JUPYTER_CONFIG_DIR": str(folder / "no-settings")} | more
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0 and not FAILED.search(ended.stdout), ended.stdout
    return ended.stdout


def answered(notebook: Path) -> None:
    """Let a student answer one function of a notebook."""
    held = nbformat.read(notebook, as_version=4)
    answer(held)
    nbformat.write(held, notebook)


def total(printed, student):
    """Return the total of a student in the table that `report` prints."""
    (row,) = re.findall(rf"^{re.escape(student)} .* (\S+)$", printed, re.M)
    return float(row)


@pytest.mark.parametrize(("lms", "exported"), [("canvas", "grades.csv"), ("moodle", "worksheet.csv")])
def test_a_class_on_an_lms(checkout, tmp_path, lms, exported):
    (first, *others) = [commands for _, commands in blocks(lms)]
    run(first, checkout)
    notebook = checkout / "course" / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    answered(shutil.copy(notebook, tmp_path / notebook.name))
    files = {notebook.name: (tmp_path / notebook.name).read_bytes()}
    students = [replace(each, files=files, text="") for each in archives.forty()[:3]]
    made = archives.make(lms, tmp_path / lms, students)
    shutil.copy(made.archive, checkout / "submissions.zip")
    shutil.copy(made.gradebook, checkout / exported)
    assert sum(commands.count("python -m autograder") for commands in [first, *others]) <= 6
    for commands in others:
        run(commands, checkout)
    returned = checkout / "course" / "returned" / CHAPTER
    (table,) = returned.glob("*.csv")
    before = list(csv.reader((checkout / exported).read_text("utf-8-sig").splitlines()))
    after = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    changed = [
        (old, new)
        for was, now in zip(before, after, strict=True)
        for old, new in zip(was, now, strict=True)
        if old != new
    ]
    assert [float(new) for old, new in changed if not old] == [POINTS] * 3, changed
    (packed,) = returned.glob("*.zip")
    pages = zipfile.ZipFile(packed).namelist()
    assert sum(name.endswith(".html") for name in pages) == 3
    assert (checkout / "report.html").read_text("utf-8").count("<svg") >= 1


def test_a_class_on_jupyterhub(checkout, tmp_path):
    exchange, home = tmp_path / "exchange", tmp_path / "home"
    home.mkdir()
    printed = []
    for of_a_student, commands in blocks("jupyterhub"):
        commands = commands.replace("/srv/nbgrader/exchange", str(exchange))
        if of_a_student and not (home / "nbgrader_config.py").exists():
            two_lines = re.findall(r"^c\..*$", (checkout / "nbgrader_config.py").read_text(), re.M)[-2:]
            (home / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *two_lines]))
            fetch, submit = commands.splitlines()
            run(fetch, home)
            answered(home / CHAPTER / f"{CHAPTER}.ipynb")
            commands = submit
        printed.append(run(commands, home if of_a_student else checkout))
    (student,) = os.listdir(checkout / "course" / "submitted")
    assert total(printed[-2], student) == POINTS
    (page,) = home.rglob("*.html")
    assert (
        page.read_bytes() == (checkout / f"course/feedback/{student}/{CHAPTER}/{CHAPTER}.html").read_bytes()
    )


def test_an_exam_in_a_room_without_a_network(checkout):
    (first, *others) = [commands for _, commands in blocks("exam")]
    run(first, checkout)
    for student in ("ada", "bob"):
        shutil.copytree(checkout / "course" / "release" / CHAPTER, checkout / "hand_ins" / student)
        answered(checkout / "hand_ins" / student / f"{CHAPTER}.ipynb")
    no_network = "unshare --user --map-root-user --net" if os.geteuid() else "unshare --net"
    printed = [run(f"{no_network} bash -euo pipefail <<'ROOM'\n{each}ROOM", checkout) for each in others]
    assert total(printed[1], "ada") == total(printed[1], "bob") == POINTS
    assert "for ada: 2026-12-01 11:30 UTC (more time)" in printed[0]
    assert (checkout / "course" / "feedback" / "bob" / CHAPTER / f"{CHAPTER}.html").is_file()


def test_a_course_of_two_thousand_in_small(checkout, postgres):
    server = make_url(postgres.new_database())
    reached = {
        "PGHOST": server.query.get("host") or server.host or "",
        "PGPORT": str(server.query.get("port") or server.port or ""),
        "PGUSER": server.username or "",
    }
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    commands = [commands.replace("8786", port) for _, commands in blocks("large")]
    hand_ins = f"""
for student in ada bob eve; do
    mkdir -p course/submitted/$student
    cp -r course/release/{CHAPTER} course/submitted/$student/
done
"""
    printed = run(
        "\n".join([commands[0], hand_ins, *commands[1:]]), checkout, **{k: v for k, v in reached.items() if v}
    )
    assert "3 graded" in printed
    assert [total(printed, student) for student in ("ada", "bob", "eve")] == [0, 0, 0]
