"""The site, built once from this tree, as `make book` builds it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.chapter.cells import ROOT


def build(root: Path) -> subprocess.CompletedProcess:
    """Run `jupyter-book build . -W` in `root`, the virtual environment not activated."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [sys.executable, str(jupyter_book), "build", ".", "-W", "--keep-going", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def site() -> Path:
    done = build(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "_build" / "html"
