"""What late work loses, by one rule in the settings; each number here is worked out by hand."""

import re

import pytest
from traitlets import TraitError
from traitlets.config import Config

from autograder.chapter.cells import ROOT
from autograder.classroom.lateness import EXAMPLE, LatePolicy, Penalties, Rule, rule_of, spend

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "score", "late", "lost"),
    [
        ("10% per day", 40, 1, 4),
        ("10% per day", 40, DAY, 4),
        ("10% per day", 40, DAY + 1, 8),
        ("10% per day", 40, 30 * DAY, 40),
        ("1.5 points per day", 40, 2 * DAY + HOUR, 4.5),
        ("1 point per day, at most 5%", 40, 3 * DAY, 2),
        ("10% per day, at most 50%", 40, 8 * DAY, 20),
        ("10% per day, 15 minutes grace", 40, 15 * 60, 0),
        ("10% per day, 15 minutes grace", 40, 15 * 60 + 1, 4),
        ("10% per day, 2 hours grace", 40, DAY + 2 * HOUR, 4),
        ("10% per day, nothing after 7 days", 40, 7 * DAY, 28),
        ("10% per day, nothing after 7 days", 40, 7 * DAY + 1, 40),
        ("nothing after 0 days", 40, 1, 40),
        ("nothing after 2 days", 40, DAY, 0),
        ("", 40, 100 * DAY, 0),
    ],
)
def test_a_rule_takes_what_it_says(text, score, late, lost):
    assert rule_of(text).penalty(score, late) == pytest.approx(lost)


def test_the_example_in_the_help_says_all_that_a_rule_can():
    assert rule_of(EXAMPLE) == Rule(10, 0, 50, 0.25, 7, 3)


@pytest.mark.parametrize("text", ["10 percent", "10% per day, 5% per day", "ten late days", "-1 late days"])
def test_a_rule_that_cannot_be_read_is_refused_with_one_that_can(text):
    with pytest.raises(TraitError) as raised:
        LatePolicy(config=Config(LatePolicy={"rule": text}))
    assert EXAMPLE in str(raised.value) or "says again" in str(raised.value)
    found = Penalties(Config(AssignLatePenalties={"plugin_class": LatePolicy}, LatePolicy={"rule": text}))
    assert text.split(",")[0] in found.complaint or "says again" in found.complaint


@pytest.mark.parametrize(
    ("late", "spent"),
    [
        ([HOUR, 0, DAY + 1], [1, 0, 2]),  # 1, none and 2 days of 3
        ([2 * DAY, 2 * DAY, HOUR], [2, 1, 0]),  # the second would need 2 and finds 1
        ([8 * DAY, HOUR], [0, 1]),  # too late to count: nothing is spent in vain
    ],
)
def test_late_days_are_spent_in_the_order_of_the_due_dates(late, spent):
    assert spend(rule_of("10% per day, nothing after 7 days, 3 late days"), late) == spent


def test_a_late_day_takes_off_a_day_of_the_penalty():
    settings = Config(
        AssignLatePenalties={"plugin_class": LatePolicy}, LatePolicy={"rule": "10% per day, 1 late day"}
    )
    penalties = Penalties(settings)
    assert penalties.of("ada", 40, 2 * DAY, spent=1) == 4, "two days late, of which one is paid"
    assert penalties.of("ada", 40, 2 * DAY) == 8


def test_without_a_rule_nbgraders_own_method_holds():
    zero = Config(
        AssignLatePenalties={"plugin_class": LatePolicy}, LateSubmissionPlugin={"penalty_method": "zero"}
    )
    assert Penalties(zero).of("ada", 40, 1) == 40
    assert Penalties(Config(AssignLatePenalties={"plugin_class": LatePolicy})).of("ada", 40, 1) is None


ROW = re.compile(r"^  \| `(.+?)`.*? \| (with `(.+?)` )?loses (nothing|\d+).* \|$", re.M)


def test_the_readmes_table_of_rules_says_what_they_take():
    rows = ROW.findall((ROOT / "README.md").read_text("utf-8"))
    for text, _, more, lost in rows:
        rule, late = rule_of(f"{text}, {more}" if more else text), DAY + HOUR
        (spent,) = spend(rule, [late])
        assert rule.penalty(40, late, spent) == pytest.approx(0 if lost == "nothing" else float(lost)), text
    assert len(rows) == 6
