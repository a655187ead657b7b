#!/usr/bin/env bash
# copydetect 0.5.0, the similarity of two files.
#
# Of a document's fingerprints it keeps those with the smallest hashes, and hashes with Python's own hash of a
# text, which is salted anew at each start. So the similarity of the same two files differs from run to run, and
# a pair near a threshold is reported on one day and not on the next. With a window of one all are kept, and the
# number stays.
#
# Output seen, for PYTHONHASHSEED 0, 1, 2, 3:
#   window 6: 0.7778 0.819 0.8305 0.839
#   window 1: 0.8843
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check copydetect==0.5.0 2>/dev/null
cat >"$work/compare.py" <<'PY'
import io
import sys

from copydetect import CodeFingerprint, compare_files

ONE = "def mean(xs):\n    total = 0.0\n    for x in xs:\n        total = total + x\n    return total / len(xs)\n\n\n"
TWO = "def largest(xs):\n    best = xs[0]\n    for x in xs[1:]:\n        if x > best:\n            best = x\n    return best\n\n\n"
THREE = "def count(xs, wanted):\n    found = 0\n    for x in xs:\n        if x == wanted:\n            found += 1\n    return found\n"
window = int(sys.argv[1])
files = [
    CodeFingerprint("a.py", 25, window, language="python", fp=io.StringIO(text))
    for text in (ONE + TWO + THREE, THREE + ONE + TWO.replace("x > best", "not x <= best"))
]
_, (similarity, _), _ = compare_files(*files)
print(round(similarity, 4))
PY
for window in 6 1; do
    for seed in 0 1 2 3; do
        PYTHONHASHSEED=$seed "$work/venv/bin/python" "$work/compare.py" $window
    done | sort -u >"$work/window-$window"
    echo "window $window: $(paste -sd' ' "$work/window-$window")"
done
test "$(wc -l <"$work/window-6")" -gt 1
test "$(wc -l <"$work/window-1")" -eq 1
