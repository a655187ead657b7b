#!/usr/bin/env bash
# nbconvert 7.17.2, `jupyter nbconvert --to html`, on a notebook that names a picture it does not hold.
#
# A cell's Markdown may name an attachment; when the cell is copied into another notebook by hand, or a tool has
# cleaned the notebook, the attachment stays behind. Jupyter shows such a cell with a broken picture. nbconvert
# makes no page at all, not even for the other cells. A picture that is named by a path, and is as missing,
# costs nothing.
#
# Output seen:
#   a missing file: status 0
#   a missing attachment: status 1, nbconvert.filters.markdown_mistune.InvalidNotebook: missing attachment: gone.png
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check nbconvert==7.17.2 nbformat==5.11.1 2>/dev/null
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import subprocess
import sys

import nbformat
import nbformat.v4 as v4


def convert(picture):
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell(f"Words. ![]({picture})")]), "n.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "n.ipynb"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1].rpartition("exceptions.")[2]


file, attachment = convert("gone.png"), convert("attachment:gone.png")
print(f"a missing file: status {file[0]}")
print(f"a missing attachment: status {attachment[0]}, {attachment[1]}")
sys.exit(not (file[0] == 0 and attachment[0] == 1 and "missing attachment: gone.png" in attachment[1]))
PYTHON
