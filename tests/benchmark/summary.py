"""What was measured, as a table, as a file, and as the goals that are met or missed."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from autograder.chapter.cells import ROOT
from autograder.running.workers import all_cores
from tests.benchmark.engines import Measured, Ours, Plain

RATIO = 20
"""How many times as many submissions a minute as plain nbgrader, right and wrong answers mixed."""
GROWTH = 1.2
"""How many times the memory of the smallest class the largest may take."""
PACKAGES = ("nbgrader", "nbclient", "ipykernel", "numpy", "matplotlib")
HEADS = (
    "",
    "submissions a minute",
    "processor seconds each",
    "peak MB",
    "peak MB of the main process",
    "seconds",
)


@dataclass(frozen=True)
class Goal:
    """A goal, what was measured, and whether that meets it; None where it was not measured."""

    name: str
    measured: float | None
    wanted: str
    is_met: bool | None

    def __str__(self) -> str:
        if self.measured is None:
            return f"not measured  {self.name}: {self.wanted} is wanted"
        return (
            f"{'PASS' if self.is_met else 'FAIL'}  {self.name}: {self.measured:.2f} ({self.wanted} is wanted)"
        )


def ratio(found: list[Measured], part: str, of: str = "rate", grading: bool = True) -> float | None:
    """Return how many times as good as plain nbgrader we are in a part, or None where it was not measured."""
    verbs = {engine.name: engine.grading if grading else engine.writing for engine in (Plain, Ours)}
    values = {
        each.engine: getattr(each, of)
        for each in found
        if each.part == part and each.verb == verbs[each.engine]
    }
    if len(values) < 2:
        return None
    ours, plain = values[Ours.name], values[Plain.name]
    return ours / plain if of == "rate" else plain / ours


def growth(found: list[Measured], verb: str) -> float | None:
    """Return how many times the memory of the smallest class the largest has taken."""
    sizes = sorted(
        (each.submissions, each.memory) for each in found if (each.part, each.verb) == ("memory", verb)
    )
    return sizes[-1][1] / sizes[0][1] if len(sizes) > 1 else None


def goals(found: list[Measured]) -> list[Goal]:
    """Return the two goals."""
    times, grown = ratio(found, "mixed"), growth(found, Ours.grading)
    sizes = sorted(each.submissions for each in found if each.part == "memory")
    name = (
        f"memory at {sizes[-1]:,} submissions, as a multiple of that at {sizes[0]:,}" if sizes else "memory"
    )
    return [
        Goal("submissions a minute, as a multiple of plain nbgrader's, right and wrong mixed", times,
             f"at least {RATIO}", None if times is None else times >= RATIO),
        Goal(name, grown, f"at most {GROWTH}", None if grown is None else grown <= GROWTH),
    ]  # fmt: skip


def table(found: list[Measured]) -> str:
    """Return everything as text, part by part."""
    lines = []
    for part, verb_is_grading in dict.fromkeys((each.part, is_grading(each)) for each in found):
        rows = [each for each in found if (each.part, is_grading(each)) == (part, verb_is_grading)]
        what = "grading" if verb_is_grading else "feedback"
        lines += ["", f"{part}: {what}", *_aligned([HEADS, *map(_row, rows)])]
        if times := ratio(found, part, grading=verb_is_grading):
            less = ratio(found, part, "cpu", verb_is_grading)
            lines.append(
                f"  ratio: {times:.1f} times as many a minute, with 1/{less:.1f} of the processor time"
            )
    return "\n".join(lines[1:])


def is_grading(measured: Measured) -> bool:
    """Tell whether it is grading that was measured, and not the writing of feedback."""
    return measured.verb in (Plain.grading, Ours.grading)


def label(measured: Measured) -> str:
    """Return what was measured, in a few words."""
    by = f", {measured.workers} worker{'s' * (measured.workers > 1)}" if measured.engine == Ours.name else ""
    return f"{measured.engine} {measured.verb}, {measured.submissions:,} submissions{by}"


def _row(measured: Measured) -> tuple[str, ...]:
    usage = measured.usage
    numbers = (measured.rate, measured.cpu, measured.memory, usage["peak_megabytes_main"], usage["seconds"])
    formats = (".1f", ".2f", ",.0f", ",.0f", ",.1f")
    return label(measured), *(format(number, how) for number, how in zip(numbers, formats, strict=True))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]


def doubts(found: list[Measured]) -> list[str]:
    """Return a line for each measurement that one cannot rely on as it is."""
    lines = []
    for each in found:
        usage, name = each.usage, f"{each.part}, {label(each)}"
        counted, machine = usage["cpu_seconds"], usage["cpu_seconds_of_the_machine"]
        if usage["cpu_seconds_seen_in_samples"] > counted + 0.5:
            lines.append(f"{name}: processor time of some process was not counted")
        if machine - usage["cpu_seconds_of_the_meter"] > 1.1 * counted + 1:
            lines.append(
                f"{name}: other programs have used the machine, {machine - counted:.0f} processor seconds"
            )
        for command in usage["left_behind"]:
            lines.append(f"{name}: a process was left behind: {command}")
    return lines


def machine() -> dict:
    """Return what was measured on."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    return {
        "processor": _processor(),
        "cores": all_cores(),
        "memory_megabytes": round(psutil.virtual_memory().total / 1e6),
        "load_before": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "checkout": subprocess.run(git, capture_output=True, text=True).stdout.strip(),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )


def write(path: Path, found: list[Measured], about: dict) -> None:
    """Write everything as JSON."""
    everything = {
        **about,
        "measured": [each.as_json() for each in found],
        "ratios": {part: ratio(found, part) for part in ("mixed", "endless")},
        "goals": [asdict(goal) for goal in goals(found)],
        "doubts": doubts(found),
    }
    path.write_text(json.dumps(everything, indent=2) + "\n", "utf-8")
