"""What late work loses: one rule in the settings, a plugin of nbgrader's, and late days to spend."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError, Unicode, validate
from traitlets.config import Config

NUMBER = r"(\d+(?:\.\d+)?)"
CLAUSES = {
    "share_per_day": rf"{NUMBER} ?% per day",
    "points_per_day": rf"{NUMBER} points? per day",
    "most_share": rf"at most {NUMBER} ?%",
    "grace_hours": rf"{NUMBER} (minutes?|hours?) grace",
    "last_day": rf"nothing after {NUMBER} days?",
    "late_days": r"(\d+) late days?",
}
"""What a rule may say, each at most once, in any order, with commas between."""
EXAMPLE = "10% per day, at most 50%, 15 minutes grace, nothing after 7 days, 3 late days"


@dataclass(frozen=True)
class Rule:
    """A rule for late work.

    A day counts when it has begun. `share_per_day` and `most_share` are percentages of what was scored,
    `points_per_day` points, `grace_hours` the hours by which late begins later, `last_day` the days late
    after which nothing counts, and `late_days` the days that each student may be late in all without loss.
    """

    share_per_day: float = 0.0
    points_per_day: float = 0.0
    most_share: float = 100.0
    grace_hours: float = 0.0
    last_day: float = math.inf
    late_days: int = 0

    def days(self, seconds: float) -> int:
        """Return how many days late have begun; 0 within the grace."""
        return max(0, math.ceil((seconds - 3600 * self.grace_hours) / 86400))

    def is_too_late(self, seconds: float) -> bool:
        """Tell whether nothing counts any more, whatever late days are left."""
        return seconds - 3600 * self.grace_hours > 86400 * self.last_day

    def penalty(self, score: float, seconds: float, spent: int = 0) -> float:
        """Return what `score` loses when handed in `seconds` late, `spent` late days taken off."""
        if self.is_too_late(seconds):
            return score
        days = max(0, self.days(seconds) - spent)
        lost = days * (self.share_per_day / 100 * score + self.points_per_day)
        return min(lost, self.most_share / 100 * score)


def rule_of(text: str) -> Rule:
    """Return the rule that a text states. Raises `ValueError` with a sentence that says what it may say."""
    found: dict[str, Any] = {}
    for clause in filter(None, (part.strip() for part in text.split(","))):
        name, match = _clause(clause)
        if name in found:
            raise ValueError(f"{clause!r} says again what the rule for late work has said before")
        found[name] = int(match[1]) if name == "late_days" else float(match[1])
        if name == "grace_hours" and match[2].startswith("minute"):
            found[name] /= 60
    return Rule(**found)


def _clause(text: str) -> tuple[str, re.Match]:
    for name, pattern in CLAUSES.items():
        if match := re.fullmatch(pattern, text, re.I):
            return name, match
    raise ValueError(f"{text!r} is no part of a rule for late work; one is written like {EXAMPLE!r}")


class LatePolicy(LateSubmissionPlugin):
    """What late work loses, by the `rule`; without one, by nbgrader's own `penalty_method`."""

    rule = Unicode(
        "",
        help=f"What late work loses, for example {EXAMPLE!r}: each part is optional. Percentages are of what "
        "was scored; a day counts when it has begun, after the grace; late days are spent in the order of "
        "the due dates, before anything is lost. Empty: nbgrader's `penalty_method`.",
    ).tag(config=True)

    @validate("rule")
    def _readable(self, proposal: Mapping[str, Any]) -> str:
        try:
            rule_of(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None
        return proposal["value"]

    def stated(self) -> Rule | None:
        """Return the rule, None where there is none."""
        return rule_of(self.rule) if self.rule else None

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return what a submission loses. Late days are not known here: the class's gradebook counts them."""
        if rule := self.stated():
            return rule.penalty(score, total_seconds_late)
        return super().late_submission_penalty(student_id, score, total_seconds_late)


def spend(rule: Rule, late: Sequence[float]) -> list[int]:
    """Return how many late days each of one student's submissions takes.

    `late` holds by how many seconds each is late, in the order of the due dates. What is too late to count
    takes none; the rest take what they need, as long as there are any.
    """
    left, spent = rule.late_days, []
    for seconds in late:
        spent.append(0 if rule.is_too_late(seconds) else min(left, rule.days(seconds)))
        left -= spent[-1]
    return spent


UNKNOWN = object()
"""What stands for a penalty that could not be worked out."""


class Penalties:
    """nbgrader's plugin for late work, as the settings name it; it may be anybody's code, and fail."""

    def __init__(self, config: Config) -> None:
        """Make the plugin; what is wrong with it is said when it is asked."""
        self.complaint, self._plugin = "", None
        try:
            settings = AssignLatePenalties(config=config)
            settings.init_plugin()
            self._plugin = settings.plugin_inst
        except (Exception, SystemExit) as error:  # whatever settings and plugin make it raise
            self._complain(f"nbgrader's plugin for late penalties cannot be used ({_told(error)})")

    @property
    def rule(self) -> Rule | None:
        """The rule that the settings state, None where they have none or another plugin."""
        return self._plugin.stated() if isinstance(self._plugin, LatePolicy) else None

    def of(self, student: str, score: float, seconds: float, spent: int = 0) -> object:
        """Return what late work loses, at most its score, or None; `UNKNOWN` where the plugin fails.

        `spent` are the student's late days that this submission takes.
        """
        if self._plugin is None:
            return UNKNOWN
        try:
            if spent and self.rule:
                penalty = self.rule.penalty(score, seconds, spent)
            else:
                penalty = self._plugin.late_submission_penalty(student, score, seconds)
            if penalty is None:
                return None
            if math.isnan(penalty):
                raise ValueError("the penalty is not a number")
            return float(min(max(penalty, 0), score))
        except (Exception, SystemExit) as error:
            self._complain(f"the late penalty of {student} could not be worked out ({_told(error)})")
            return UNKNOWN

    def _complain(self, what: str) -> None:
        self.complaint = self.complaint or (
            f"{what}; all scores are written and penalties stay as they were: "
            "mend that, and the same command works them out without running anything again"
        )


def _told(error: BaseException) -> str:
    """Return in one line what an error says."""
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
