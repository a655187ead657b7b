#!/usr/bin/env bash
# databooks 1.4.0, `databooks fix`, beside git.
#
# Two branches of a notebook. Git merges the first cell, which only one branch has changed, by itself; the
# second cell conflicts. `databooks fix` says that it resolves conflicts. It merges both branches anew, without
# their common ancestor, so the first cell stands in the result twice, new version first and old version behind
# it, between marks of a conflict that git never had. Run from top to bottom the old version wins.
#
# Output seen:
#   git: 1 conflict, and f is merged: ['return "new"']
#   databooks fix: ['return "new"', 'return "old"', 'return "mine"', 'return "theirs"']
#   f() is now: old
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check databooks==1.4.0 nbformat==5.11.1 2>/dev/null
mkdir "$folder/work"
cd "$folder/work"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.invalid
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.invalid

version() { # WORD_OF_F WORD_OF_G: commit a notebook with these two functions and a cell between them
    "$folder/env/bin/python" - "$@" <<'PYTHON'
import sys
import nbformat.v4 as v4, nbformat

f, g = (f'def {name}():\n    return "{word}"' for name, word in zip("fg", sys.argv[1:]))
cells = [v4.new_code_cell(f, id="f"), v4.new_markdown_cell("between", id="b"), v4.new_code_cell(g, id="g")]
nbformat.write(v4.new_notebook(cells=cells), "n.ipynb")
PYTHON
    git add n.ipynb
    git commit --quiet --message "$*"
}

git init --quiet --initial-branch=main
version old before
git checkout --quiet -b other
version old theirs
git checkout --quiet main
version new mine
git merge --quiet other >/dev/null && exit 1 # it conflicts, in the second function alone
conflicts=$(grep -c '^<<<<<<<' n.ipynb)
merged=$(grep -o 'return \\"[no][el][wd]\\"' n.ipynb | tr -d '\\')
echo "git: $conflicts conflict, and f is merged: ['$merged']"
"$folder/env/bin/databooks" fix n.ipynb >/dev/null 2>&1
"$folder/env/bin/python" - "$conflicts" "$merged" <<'PYTHON'
import json, sys

code = ["".join(c["source"]) for c in json.load(open("n.ipynb"))["cells"] if c["cell_type"] == "code"]
returns = [each.splitlines()[1].strip() for each in code]
print("databooks fix:", returns)
names = {}
exec("\n\n".join(code), names)
print("f() is now:", names["f"]())
seen = sys.argv[1:] == ["1", 'return "new"'] and names["f"]() == "old"
sys.exit(not (seen and returns == [f'return "{word}"' for word in ("new", "old", "mine", "theirs")]))
PYTHON
