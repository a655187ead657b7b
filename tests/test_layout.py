"""What the layout promises: imports run one way, the lock is plain pins, the doctor needs nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.chapter.cells import BOOK, ROOT, Chapter
from autograder.desk import doctor
from autograder.running.task import JUDGING, NOT_JUDGING, deciding_files

LOCK = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
FLOORS = [
    {"solutions", "autograder/inside", "book"},
    {"autograder/exercises", "autograder/written"},
    {"autograder/chapter", "autograder/judging"},
    {"autograder/running"},
    {"autograder/pages", "autograder/lms"},
    {"autograder/classroom"},
    {"autograder/desk"},
    {"autograder/example_class"},
    {"autograder/__main__.py"},
    {"tests", "conftest.py", "nbgrader_config.py"},
]
"""The rooms from the ground up; what stands in one may use its own room and those on the floors below."""
GRADEBOOK = {"nbgrader.api", "nbgrader.apps", "nbgrader.coursedir", "nbgrader.converters"}
GRADEBOOK |= {"sqlalchemy", "sqlite3", "psycopg"}
NOTEBOOK = {"nbformat", "nbgrader", "nbconvert"}
PROCESS = {"subprocess", "multiprocessing", "jupyter_client", "pebble", "distributed"}
STRANGERS = {
    "solutions": {"*"},
    "autograder/inside": NOTEBOOK | GRADEBOOK,
    "autograder/exercises": NOTEBOOK | GRADEBOOK | PROCESS,
    "autograder/judging": NOTEBOOK | GRADEBOOK | PROCESS,
    "autograder/chapter": {"nbgrader"} | GRADEBOOK | PROCESS,
    "autograder/running": GRADEBOOK,
    "autograder/pages": GRADEBOOK | PROCESS | {"autograder.running.sandbox", "autograder.running.execution"},
}
"""What the docstring of a room keeps out of it; "*" is everything but NumPy and Python's own modules."""


def imports(file: Path) -> set[str]:
    """Return what a file imports, each name in full; a member of a module stands behind its module.

    A text that is the name of a module of ours counts too: something imports by it.
    """
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and re.fullmatch(r"autograder(\.\w+)+", str(node.value)):
            found.add(node.value)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by a dot; write the whole name, so that it can be read"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def python_files(root: Path = ROOT) -> list[Path]:
    tops = ["solutions", "autograder", "tests", "conftest.py", "nbgrader_config.py"]
    found = (path for top in tops for path in [root / top, *(root / top).rglob("*.py")])
    files = sorted(path for path in found if path.is_file())
    return [file for file in files if not re.match("tests/hostile/.+/", str(file.relative_to(root)))]  # cells


def file_of(name: str, root: Path) -> Path | None:
    """Return the file of ours that an imported name stands for, if any."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = root.joinpath(*parts[:length])
        helper = root.joinpath("book", *parts[:length])
        for file in (helper.with_suffix(".py"), helper / "__init__.py"):
            if file.is_file():
                return file
        if place.with_suffix(".py").is_file():
            return place.with_suffix(".py")
        if (place / "__init__.py").is_file():
            return place / "__init__.py"
    return None


def room_of(file: Path, root: Path) -> str:
    inside = str(file.relative_to(root))
    return next((room for floor in FLOORS for room in floor if f"{inside}/".startswith(f"{room}/")), "")


def running_back_up(root: Path) -> list[str]:
    """Return each import that leads up or sideways, as both files; what `autograder` itself holds is free."""
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    found = []
    for file in python_files(root):
        here = room_of(file, root)
        for name in sorted(imports(file)):
            target = file_of(name, root)
            if target is None or name == "autograder.CourseError":
                continue
            if here == "tests" and target == root / "autograder" / "__init__.py":
                continue
            there = room_of(target, root)
            is_helper = there == "book" and here != "tests"
            if there != here and (is_helper or floor.get(there, len(FLOORS)) >= floor.get(here, 0)):
                found.append(f"{file.relative_to(root)} imports {target.relative_to(root)}")
    return found


def test_imports_run_one_way():
    assert running_back_up(ROOT) == []


def test_an_import_that_runs_back_up_is_named_with_both_files(tmp_path):
    for name, text in {
        "autograder/__init__.py": "",
        "autograder/desk/grade.py": "",
        "autograder/desk/__init__.py": "",
        "autograder/running/task.py": "def f():\n    from autograder.desk import grade",
        "autograder/judging/verdict.py": "import autograder.running.task\nfrom autograder import CourseError",
        "autograder/judging/rounds.py": "load('autograder.desk.grade')",
        "autograder/pages/page.py": "import autograder as all_of_it",
        "autograder/inside/shell.py": "import solutions",
        "autograder/written/__init__.py": "from two_state import TwoStateMDP",
        "book/two_state.py": "",
        "solutions/__init__.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert running_back_up(tmp_path) == [
        "autograder/inside/shell.py imports solutions/__init__.py",
        "autograder/judging/rounds.py imports autograder/desk/grade.py",
        "autograder/judging/verdict.py imports autograder/running/task.py",
        "autograder/pages/page.py imports autograder/__init__.py",
        "autograder/running/task.py imports autograder/desk/grade.py",
        "autograder/written/__init__.py imports book/two_state.py",
    ]


def test_every_file_of_the_autograder_stands_in_a_room_that_says_what_it_is_for():
    files = [file for file in python_files() if file.is_relative_to(ROOT / "autograder")]
    assert [f for f in files if not room_of(f, ROOT) and f != ROOT / "autograder" / "__init__.py"] == []
    for folder in {file.parent for file in files}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))), folder


@pytest.mark.parametrize("room", STRANGERS)
def test_what_a_room_keeps_out_stays_out(room):
    free = {"numpy", "solutions", *sys.stdlib_module_names}
    for file in [file for file in python_files() if room_of(file, ROOT) == room]:
        for name in imports(file):
            kept_out = STRANGERS[room] - {"*"}
            into = [each for each in kept_out if f"{name}.".startswith(f"{each}.")]
            into += [each for each in kept_out if each.startswith(f"{name}.")]
            assert not into, (file, name)
            assert "*" not in STRANGERS[room] or name.split(".")[0] in free, (file, name)


def test_the_students_process_imports_nothing_of_ours_but_its_own_room():
    """The folder is started by its path, so its modules know each other by their bare names."""
    room = ROOT / "autograder" / "inside"
    for file in room.glob("*.py"):
        assert not [name for name in imports(file) if file_of(name, ROOT)], file


def test_the_book_imports_nothing_of_ours_but_its_helpers():
    ours = {"solutions", "autograder", "tests", "book", "two_state", "carry_over", "figures", "conftest"}
    for file in BOOK.rglob("*.py"):
        assert {name.split(".")[0] for name in imports(file)} & ours <= {"two_state"}, file
    for path in BOOK.glob("*.md"):
        for cell in Chapter(path).notebook().cells:
            if cell.cell_type == "code":
                found = re.findall(r"^\s*(?:from|import)\s+(\w+)", cell.source, re.M)
                assert set(found) & ours <= {"two_state", "carry_over", "figures"}, (path.name, found)


def test_every_module_either_counts_for_the_verdict_or_is_listed_as_one_that_does_not():
    package = ROOT / "autograder"
    every = {file for folder in JUDGING for file in (package / folder).rglob("*.py")}
    beside = {package / name for name in NOT_JUDGING}
    assert every - {*deciding_files()} == beside
    for file in deciding_files():
        used = {file_of(name, ROOT) for name in imports(file)} if file.suffix == ".py" else set()
        assert not used & beside, f"{file} decides on a verdict by a module that is said not to"
    assert {*(ROOT / "solutions").glob("*.py")} <= {*deciding_files()}
    assert all(NOT_JUDGING.values())


def test_every_line_of_the_lock_is_a_pin_and_nothing_else():
    pin = re.compile(r"^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][A-Za-z0-9.+!]*( ; .+)?$")
    assert len(LOCK) > 100
    assert [line for line in LOCK if not pin.match(line)] == []


def test_the_lock_holds_no_index_link_or_path():
    assert [line for line in LOCK if re.search(r"://|--|@ |^\s*[./]|file:", line)] == []


def test_the_lock_has_every_direct_dependency():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower() for line in project["dependencies"]}
    locked = {line.split("==")[0].split("[")[0].lower() for line in LOCK}
    assert direct <= locked
    for required in ("jupyter-book", "numpy", "matplotlib", "nbgrader", "pytest", "nbval"):
        assert required in direct


def test_the_doctor_runs_with_python_alone_and_names_what_each_missing_part_would_add():
    """-S -I: no site-packages, nothing of this environment, as on a fresh machine."""
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]; import autograder.desk.doctor as d; sys.exit(d.main())"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "found    Python 3." in done.stdout
    for name in doctor.OPTIONAL:
        assert name in done.stdout
    assert "missing  isolation of submissions (optional): without it `grade` needs" in done.stdout


@pytest.mark.parametrize("folder", ["solutions", "autograder", "book"])
def test_nothing_in_the_project_names_a_path_of_a_machine(folder):
    for file in (ROOT / folder).rglob("*"):
        if file.suffix in (".py", ".md", ".css", ".bib", ".mplstyle", ".j2"):
            assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", file.read_text("utf-8")), file
