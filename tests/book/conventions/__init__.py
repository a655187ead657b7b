"""How the libraries of the field differ, measured: `make conventions` writes book/conventions.json.

It makes two environments, because some pins exclude each other and because PyTorch is asked before and after
a change of its own. `new.txt` and `old.txt` hold all versions: to ask a new release, change a line. A script
for each library in `libraries/` calls its own functions on the inputs of `inputs.py`; `rows.py` says what is
asked and what the course answers. It needs the package index, gigabytes and minutes, so CI does not run it;
tests/book/test_conventions.py checks what is kept.
"""

from autograder.chapter.cells import BOOK

KEPT = BOOK / "conventions.json"
"""What came out, for the two tables of the book; it travels with their notebooks."""
