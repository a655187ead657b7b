#!/usr/bin/env bash
# marimo 0.25.2, `marimo convert notebook.ipynb`.
#
# A notebook binds one name in two cells. marimo allows each name once, so it renames: that is to be expected.
# But in a cell in which it renames something it also moves a comment inside of a function behind the
# statement below it, and drops a comment between top-level statements altogether. Cells in which nothing is
# renamed keep every comment where it was.
#
# Output seen:
#   kept where it was: # first
#   moved: return x + 1  # second
#   dropped, twice: # the limits
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check marimo==0.25.2 nbformat==5.11.1 2>/dev/null
cd "$folder"
env/bin/python - <<'PYTHON'
import nbformat, nbformat.v4 as v4

sources = [
    "def f(x):\n    # first\n    return x",
    "def f(x):\n    # second\n    return x + 1",
    "got = f(1)\n\n# the limits\nassert got == 2",
    "got = f(2)\n\n# the limits\nassert got == 3",
]
nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(s) for s in sources]), "n.ipynb")
PYTHON
env/bin/marimo convert n.ipynb -o n.py >/dev/null
count() { grep -c "$1" n.py || true; }
counts="$(count '^    # first$') $(count '^    return x + 1  # second$') $(count '# the limits')"
[ "$counts" = "1 1 0" ] || { echo "marimo does something else now: $counts" >&2; exit 1; }
echo "kept where it was: # first"
echo "moved: return x + 1  # second"
echo "dropped, twice: # the limits"
