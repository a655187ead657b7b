#!/usr/bin/env bash
# deepnote-cli 0.10.0, `deepnote convert` from a notebook to Deepnote's format and back.
#
# A raw cell, which Jupyter shows and exports as it is written, comes back as a Markdown cell, so that what it
# holds is rendered: a line of a configuration that begins with # is a heading now, and lines run together. A
# picture that was pasted into a text cell is gone, and the text goes on naming it. Neither conversion says so.
#
# Output seen:
#   raw '# threads\nthreads: 2' is now markdown '# threads\nthreads: 2'
#   attachments of the other cell: ['p.png'] before, [] now; it says '![a dot](attachment:p.png)'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check deepnote-cli==0.10.0 nbformat==5.11.1 2>/dev/null
cd "$folder"
env/bin/python - <<'PYTHON'
import nbformat, nbformat.v4 as v4

dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
picture = v4.new_markdown_cell("![a dot](attachment:p.png)", attachments={"p.png": {"image/png": dot}})
raw = v4.new_raw_cell("# threads\nthreads: 2")
nbformat.write(v4.new_notebook(cells=[raw, picture]), "n.ipynb")
PYTHON
env/bin/deepnote convert n.ipynb >said 2>&1
env/bin/deepnote convert n.deepnote --output back >>said 2>&1
! grep -iE 'warn|raw|attach|lost' said
env/bin/python - <<'PYTHON'
import json, sys

before, now = (json.load(open(path))["cells"] for path in ("n.ipynb", "back/n.ipynb"))
source = ["".join(cell["source"]) for cell in now]
there = [list(cells[1].get("attachments", {})) for cells in (before, now)]
print(f"raw {''.join(before[0]['source'])!r} is now {now[0]['cell_type']} {source[0]!r}")
print(f"attachments of the other cell: {there[0]} before, {there[1]} now; it says {source[1]!r}")
is_as_seen = now[0]["cell_type"] == "markdown" and there == [["p.png"], []] and "attachment:p.png" in source[1]
sys.exit(not is_as_seen)
PYTHON
