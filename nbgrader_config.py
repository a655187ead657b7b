"""nbgrader's configuration: every plain `nbgrader ...` command works from this folder with it."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT)] if str(ROOT) not in sys.path else []

from autograder.classroom.course import configure  # noqa: E402

c = get_config()  # noqa: F821
configure(c)

# Your own settings go below; `python -m autograder settings` lists those of the executor.
