"""The chapters are tests themselves (see the root's conftest); here: that a broken one would fail."""

import subprocess
import sys
from pathlib import Path

from autograder.chapter.cells import ROOT

CHAPTERS = Path(__file__).parent / "chapters"


def run_pytest(chapter: str) -> subprocess.CompletedProcess:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        str(CHAPTERS / chapter),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_chapter_whose_cells_run_passes():
    result = run_pytest("sound.md")
    assert result.returncode == 0, result.stdout
    assert "passed" in result.stdout


def test_a_broken_cell_fails_and_is_named_with_its_chapter():
    result = run_pytest("broken_cell.md")
    assert result.returncode == 1, result.stdout
    assert "broken_cell.md::divides_by_zero" in result.stdout
    assert "ZeroDivisionError" in result.stdout
