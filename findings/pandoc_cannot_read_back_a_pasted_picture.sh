#!/usr/bin/env bash
# pandoc 3.9 (pypandoc-binary 1.17), a notebook → Markdown → a notebook.
#
# A notebook holds a picture that was pasted into a text cell, as an attachment. Turned into Markdown, the text
# names a picture file that is written nowhere, without a warning and with exit status 0. Turned back from
# that Markdown, docx, odt and epub are made with a warning; a notebook is refused altogether with status 99. So
# pandoc does not take back its own text, in the one format that the text came from.
#
# Output seen:
#   ipynb to md: status 0, no warning; it names cell-p.png, and there is no such file
#   md to docx: status 0
#   md to odt: status 0
#   md to epub: status 0
#   md to ipynb: status 99: File cell-p.png not found in resource path
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pypandoc-binary==1.17 nbformat==5.11.1 2>/dev/null
cd "$folder"
pandoc=$(env/bin/python -c "import pypandoc; print(pypandoc.get_pandoc_path())")
env/bin/python - <<'PYTHON'
import nbformat, nbformat.v4 as v4

cell = v4.new_markdown_cell("![a dot](attachment:p.png)", id="cell")
dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
cell["attachments"] = {"p.png": {"image/png": dot}}
nbformat.write(v4.new_notebook(cells=[cell]), "n.ipynb")
PYTHON

as_seen=true
status=0
"$pandoc" n.ipynb --output n.md 2>said || status=$?
if [ $status = 0 ] && [ ! -s said ] && grep -q cell-p.png n.md && [ -z "$(find . -name cell-p.png)" ]; then
    echo "ipynb to md: status 0, no warning; it names cell-p.png, and there is no such file"
else
    as_seen=false
fi
for format in docx odt epub; do
    status=0
    "$pandoc" n.md --output "n.$format" --metadata title=n 2>/dev/null || status=$?
    echo "md to $format: status $status"
    [ $status = 0 ] || as_seen=false
done
status=0
"$pandoc" n.md --output back.ipynb 2>said || status=$?
echo "md to ipynb: status $status: $(cat said)"
[ $status = 99 ] && [ ! -e back.ipynb ] && $as_seen
