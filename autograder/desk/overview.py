"""Overview: the report on a class as one page for a meeting, which needs no other host and no script."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.desk import item_analysis
from autograder.desk.report import ABSENT, GRADED, UNGRADED, WAITING, ClassReport, Sheet, points_so_far
from autograder.judging.explain import number
from autograder.pages import plots
from autograder.pages.page import Result
from autograder.running.printing import printable

NOTHING = "–"
"""What stands where a number is not defined."""


@dataclass(frozen=True)
class CaseShare:
    """How many had one case of an exercise right, and of how many."""

    exercise: str
    title: str
    right: int
    asked: int

    @property
    def share(self) -> float:
        """The share that had it right."""
        return self.right / self.asked


@dataclass(frozen=True)
class Mistake:
    """A misconception, and the students whose values were those of it in every case."""

    exercise: str
    sentence: str
    students: Sequence[str]


@dataclass(frozen=True)
class NeedsAWord:
    """Somebody to be spoken with: the share of points in each chapter, None where there is none, and why."""

    student: str
    shares: Sequence[float | None]
    why: str


@dataclass(frozen=True)
class ChapterView:
    """What the page says of one chapter; `place` is its number on the page, from 1."""

    report: ClassReport
    sheet: Sheet
    place: int

    @cached_property
    def scores(self) -> dict[str, dict[str, float | None]]:
        """Points by student and exercise, None where a person has still to give them."""
        return {
            student: {name: points_so_far(cell) for name, cell in result.cells.items() if "score" in cell}
            for student, result in self.sheet.results.items()
        }

    @cached_property
    def totals(self) -> list[float]:
        """The totals of all who are graded."""
        return [result.score for result in self.sheet.results.values()]

    @cached_property
    def items(self) -> list[item_analysis.Item]:
        """What the class made of each exercise."""
        return item_analysis.items(self.scores, self.sheet.most)

    @cached_property
    def states(self) -> dict[str, int]:
        """How many stand how."""
        states = [self.sheet.state(each) for each in self.report.students]
        return {state: states.count(state) for state in (GRADED, WAITING, UNGRADED, ABSENT)}

    @cached_property
    def cases(self) -> list[CaseShare]:
        """All cases, those that fewest had right first."""
        found = []
        for exercise in self._exercises:
            results = [each[exercise].cases for each in self.sheet.verdicts.values() if exercise in each]
            for title, counted in item_analysis.case_shares(results).items():
                found.append(CaseShare(exercise, title, *counted))
        return sorted(found, key=lambda case: case.share)

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The misconceptions that were found, the most frequent first."""
        who: dict[tuple[str, str], list[str]] = {}
        for student, exercises in self.sheet.verdicts.items():
            for exercise, results in exercises.items():
                if results.misconception:
                    who.setdefault((exercise, results.misconception), []).append(student)
        found = [Mistake(*what, [*map(self.report.called, sorted(theirs))]) for what, theirs in who.items()]
        return sorted(found, key=lambda each: (-len(each.students), each.exercise, each.sentence))

    @property
    def _exercises(self) -> list[str]:
        return [name.removeprefix("test_") for name in self.sheet.most if name.startswith("test_")]

    @cached_property
    def waits(self) -> list[timedelta]:
        """How long after the release each has handed in, as far as both times are known."""
        times = [result.handed_in for result in self.sheet.results.values() if result.handed_in]
        waits = [each - self.sheet.released for each in times] if self.sheet.released else []
        return [each for each in waits if each >= timedelta()]

    @cached_property
    def about_times(self) -> list[str]:
        """Sentences about the time from release to hand-in, and about those of whom it is not known."""
        if self.sheet.released is None:
            return ["When this was released is not known: its notebook is not in the class folder."]
        times = [result.handed_in for result in self.sheet.results.values()]
        early = sum(each < self.sheet.released for each in times if each)
        untimed = sum(each is None for each in times)
        said = [f"Released {self.sheet.released:%Y-%m-%d %H:%M} UTC, as the date of its file says."]
        if self.waits:
            hours = statistics.median(each / timedelta(hours=1) for each in self.waits)
            said.append(f"Half of them had handed in after {number(round(hours / 24, 1))} days.")
        said += [f"Before that date handed in: {early}; an earlier release is not counted from."] * bool(
            early
        )
        said += [f"Without a time of hand-in: {untimed} of {len(times)}."] * bool(untimed)
        return said

    @cached_property
    def bins(self) -> list[tuple[str, int]]:
        """How many totals lie in each tenth of the points."""
        parts = item_analysis.histogram(self.totals, self.sheet.possible)
        return [(f"{number(low)}–{number(high)}", count) for low, high, count in parts]

    @cached_property
    def days(self) -> list[tuple[str, int]]:
        """How many handed in on each day since the release."""
        last = item_analysis.MOST_DAYS
        return [(f"{day}+" if day == last else str(day), n) for day, n in item_analysis.days(self.waits)]

    @property
    def mean(self) -> float | None:
        """The mean total."""
        return item_analysis.mean(self.totals)

    @property
    def median(self) -> float | None:
        """The median total."""
        return item_analysis.middle(self.totals)

    def points_plot(self) -> str:
        """Return the histogram of the totals."""
        title = f"Points in {self.sheet.title}"
        labels, counts = zip(*self.bins, strict=True)
        text = f"{len(self.totals)} students; mean {_number(self.mean)}, median {_number(self.median)}. "
        text += "The numbers of all bars stand in the table below."
        return plots.columns(
            plots.Plot(f"points{self.place}", title, text, labels, counts, "students", "points")
        )

    def items_plot(self) -> str:
        """Return the mean share of points in each exercise."""
        shown = [item for item in self.items if item.share is not None]
        hardest = min(shown, key=lambda item: item.share)
        title = f"Mean share of the points of each exercise of {self.sheet.title}"
        text = f"The lowest is {_name(hardest.name)}, {_percent(hardest.share)}. "
        text += "The numbers of all bars stand in the table below."
        labels, shares = [_name(item.name) for item in shown], [100 * item.share for item in shown]
        key = f"items{self.place}"
        return plots.rows(plots.Plot(key, title, text, labels, shares, "mean, % of its points", "", 100))

    def days_plot(self) -> str:
        """Return how many handed in on each day since the release."""
        title = f"Days from the release of {self.sheet.title} to the hand-in"
        labels, counts = zip(*self.days, strict=True)
        text = f"{len(self.waits)} students. The numbers of all bars stand in the table below."
        return plots.columns(
            plots.Plot(f"days{self.place}", title, text, labels, counts, "students", "days since the release")
        )


def possible(result: Result, most: Mapping[str, float]) -> float:
    """Return the points that somebody could have by now, without those that a person has still to give."""
    waiting = {name for name, cell in result.cells.items() if "score" in cell and points_so_far(cell) is None}
    return sum(points for name, points in most.items() if name not in waiting)


def who_needs_a_word(report: ClassReport, below: float) -> list[NeedsAWord]:
    """Return whose points are below a share of those there are, or fall from chapter to chapter."""
    found = []
    for student in report.students:
        both = [_points(sheet, student) for sheet in report.sheets]
        shares = [points / most if most else None for points, most in both]
        known = [each for each in shares if each is not None]
        points, most = map(sum, zip(*both, strict=True))
        why = [f"below {_percent(below)}"] * bool(most and points / most < below)
        why += ["falling"] * item_analysis.falls(known)
        if why:
            found.append(NeedsAWord(report.called(student), shares, ", ".join(why)))
    return found


def _points(sheet: Sheet, student: str) -> tuple[float, float]:
    """Return somebody's points in a chapter and those there could be by now, 0 and 0 where none are known."""
    result = sheet.results.get(student)
    return (result.score, possible(result, sheet.most)) if result else (0.0, 0.0)


def page(report: ClassReport, below: float) -> str:
    """Return the page; `below` is the share of points under which somebody needs a word."""
    environment = Environment(
        loader=PackageLoader("autograder.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": _number,
        "percent": _percent,
        "correlation": _correlation,
        "name": _name,
    }
    environment.filters["printable"] = printable
    return environment.get_template("overview.html.j2").render(
        report=report,
        views=[ChapterView(report, sheet, place) for place, sheet in enumerate(report.sheets, 1)],
        words=who_needs_a_word(report, below),
        below=below,
        fall=item_analysis.FALL,
        fewest=item_analysis.FEWEST,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _number(value: float | None) -> str:
    return NOTHING if value is None else number(round(value, 2))


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0%}"


def _correlation(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _name(cell: str) -> str:
    """Return the name of an exercise from that of the cell that grades it."""
    return cell.removeprefix("test_")
