"""What the layout promises: imports run one way, the lock is plain pins, the doctor needs nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.chapter.cells import ROOT
from autograder.desk import doctor

LOCK = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
OURS = {"solutions", "autograder", "tests", "book", "two_state", "carry_over", "conftest"}


def imports(file: Path) -> set[str]:
    """Return the top-level modules that a file imports."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    modules = []
    for node in nodes:
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module)
    return {module.split(".")[0] for module in modules}


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_solutions_import_numpy_alone():
    for file in python_files("solutions"):
        assert imports(file) <= {"numpy", "solutions"} | sys.stdlib_module_names, file


def test_the_autograder_imports_solutions_and_nothing_else_of_ours():
    for file in python_files("autograder"):
        assert imports(file) & OURS <= {"solutions", "autograder"}, file


def test_the_book_imports_nothing_of_ours_but_its_helpers():
    from autograder.chapter.cells import Chapter

    for file in python_files("book"):
        assert imports(file) & OURS <= {"two_state"}, file
    for path in (ROOT / "book").glob("*.md"):
        for cell in Chapter(path).notebook().cells:
            if cell.cell_type == "code":
                found = re.findall(r"^\s*(?:from|import)\s+(\w+)", cell.source, re.M)
                assert set(found) & OURS <= {"two_state", "carry_over"}, (path.name, found)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "autograder" / "inside").glob("*.py")), ids=lambda path: path.stem
)
def test_what_runs_in_the_students_process_imports_nothing_of_ours(file):
    assert not imports(file) & OURS


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
