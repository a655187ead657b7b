"""The benchmark's command line: python -m tests.benchmark; it takes about half an hour as `make bench`."""

import argparse
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from autograder.chapter.cells import ROOT
from tests.benchmark import picture, summary
from tests.benchmark.engines import Bench, CommandError, Measured
from tests.benchmark.parts import PARTS, Options

RESULTS = ROOT / "_build"
MOST_LINES = 20
"""How many wrong points are named."""
ABOUT_THE_TABLE = """\
Peak MB: what all processes of a command hold together, a page that several share counted once (PSS), seen
every 0.2 seconds; of the main process: its largest resident set. Seconds include the start of the command.
Plain nbgrader runs every cell; ours leaves out demonstrations that stand as they were released."""


def main() -> int:
    """Measure, print, and return 1 where a score is wrong or a goal is missed."""
    chosen = _parser().parse_args()
    if sys.platform != "linux":
        print("the benchmark counts processes as Linux alone can; it runs nowhere else", file=sys.stderr)
        return 1
    options = Options(chosen.submissions, not chosen.skip_plain, tuple(chosen.sizes), chosen.endless_limit)
    about = {"machine": summary.machine(), "options": asdict(options)}
    RESULTS.mkdir(exist_ok=True)
    try:
        found = _measure(chosen.only, options)
    except CommandError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return _tell(found, about)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--submissions", type=int, default=40, help="how many submissions the class has (default: 40)")
    add("--sizes", type=int, nargs="+", default=[100, 2000], help="of the classes whose memory is compared")
    add("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    add("--skip-plain", action="store_true", help="leave out plain nbgrader, which takes most of the time")
    add(
        "--endless-limit",
        type=int,
        default=5,
        help="seconds a cell may take beside endless loops (default: 5)",
    )
    return parser


def _measure(parts: list[str], options: Options) -> list[Measured]:
    """Measure the parts; the class folders lie in a scratch folder, and so do the secret seeds."""
    found = []
    with tempfile.TemporaryDirectory(dir=RESULTS, prefix="benchmark-") as scratch:
        os.environ["XDG_DATA_HOME"] = f"{scratch}/data"
        bench = Bench(Path(scratch))
        for part in parts:
            for measured in PARTS[part](bench, options):
                found.append(measured)
                wrong = f", {len(measured.wrong)} things WRONG" if measured.wrong else ""
                seconds = measured.usage["seconds"]
                print(f"{part}: {summary.label(measured)}: {seconds:.1f} seconds{wrong}", flush=True)
    return found


def _tell(found: list[Measured], about: dict) -> int:
    """Print and write what was measured; return the exit status."""
    summary.write(RESULTS / "benchmark.json", found, about)
    picture.draw(found, RESULTS / "benchmark.png")
    wrong = [line for each in found for line in each.wrong]
    goals = summary.goals(found)
    print(f"\n{summary.table(found)}\n\n{ABOUT_THE_TABLE}\n")
    for line in summary.doubts(found):
        print(f"doubtful: {line}")
    for line in wrong[:MOST_LINES]:
        print(f"WRONG  {line}")
    checked = sum(each.submissions for each in found)
    print(f"{'FAIL' if wrong else 'PASS'}  {checked:,} gradings and pages checked, {len(wrong)} faults")
    print("\n".join(map(str, goals)))
    print(f"written to {RESULTS / 'benchmark.json'} and {RESULTS / 'benchmark.png'}")
    return 1 if wrong or any(goal.is_met is False for goal in goals) else 0


if __name__ == "__main__":
    sys.exit(main())
