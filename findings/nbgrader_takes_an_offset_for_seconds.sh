#!/usr/bin/env bash
# nbgrader 0.9.6, `nbgrader.utils.parse_utc`, which reads `timestamp.txt` and due dates.
#
# A moment is the same however its offset from UTC is written: ten o'clock at +0100 is nine o'clock UTC. nbgrader
# splits what it reads at its spaces and takes a third part that is a number for seconds: the offset of an hour
# becomes one of a hundred seconds. With a colon in it that part is looked up as the name of a zone, which there
# is none of, and the offset is lost. Only without a space before it is it an hour.
#
# Output seen (all three are 09:00 UTC):
#   2026-03-10 10:00:00 +0100   2026-03-10 09:58:20
#   2026-03-10 10:00:00 +01:00  2026-03-10 10:00:00
#   2026-03-10 10:00:00+01:00   2026-03-10 09:00:00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check nbgrader==0.9.6 2>/dev/null
"$folder/env/bin/python" - <<'PYTHON'
import sys
import warnings

warnings.simplefilter("ignore")
from nbgrader.utils import parse_utc

written = ("2026-03-10 10:00:00 +0100", "2026-03-10 10:00:00 +01:00", "2026-03-10 10:00:00+01:00")
read = [str(parse_utc(each)) for each in written]
for pair in zip(written, read):
    print("{:27} {}".format(*pair))
sys.exit(read != ["2026-03-10 09:58:20", "2026-03-10 10:00:00", "2026-03-10 09:00:00"])
PYTHON
