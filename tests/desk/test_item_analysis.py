"""Statistics of a class, beside numbers that were worked out by hand."""

from datetime import timedelta
from math import sqrt

import pytest

from autograder.desk import item_analysis
from autograder.desk.item_analysis import case_shares, correlation, days, falls, histogram, items

MOST = {"a": 2.0, "b": 4.0, "words": 4.0}


def test_mean_share_in_full_and_discrimination_of_each_exercise():
    scores = {
        "ann": {"a": 2.0, "b": 4.0, "words": None},
        "bob": {"a": 0.0, "b": 1.0, "words": 3.0},
        "cid": {"a": 2.0, "b": 1.0, "words": 1.0},
        "dan": {"a": 0.0, "b": 0.0, "words": None},
    }
    a, b, words = items(scores, MOST)
    assert (a.marked, a.waiting, a.mean, a.share, a.in_full) == (4, 0, 1.0, 0.5, 0.5)
    # without words, for which two wait, the rest of a is b: 4, 1, 1, 0 around 1.5; a is 2, 0, 2, 0 around 1
    expected = (2.5 + 0.5 - 0.5 + 1.5) / sqrt(4 * (2.5**2 + 0.5**2 + 0.5**2 + 1.5**2))
    assert a.discrimination == pytest.approx(expected)
    assert b.discrimination == pytest.approx(expected), "the two are each other's rest"
    assert (b.mean, b.in_full) == (1.5, 0.25)
    assert (words.marked, words.waiting, words.mean, words.in_full) == (2, 2, 2.0, 0.0)
    assert words.discrimination is None, "two points always lie on a line"


def test_the_rest_of_a_total_holds_all_that_everybody_is_marked_for():
    scores = {
        name: {"a": a, "b": b, "words": w}
        for name, a, b, w in [("x", 0, 1, 1), ("y", 1, 0, 1), ("z", 2, 3, 4)]
    }
    # the rest of a is 2, 1, 7 around 10/3; a is 0, 1, 2 around 1: (4/3 + 0 + 11/3) / sqrt(2 * 62/3)
    assert items(scores, MOST)[0].discrimination == pytest.approx(5 / sqrt(2 * 62 / 3))


def test_what_cannot_be_said_is_not_made_up():
    assert [item.mean for item in items({}, MOST)] == [None] * 3
    assert correlation([1, 1, 1], [1, 2, 3]) is None and correlation([1, 2, 3], [4, 4, 4]) is None
    assert correlation([1, 2], [1, 2]) is None
    assert correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert item_analysis.mean([]) is None and item_analysis.middle([]) is None
    assert days([]) == [] and not falls([]) and not falls([0.9])


def test_a_histogram_has_every_total_once():
    found = histogram([0, 1.9, 2, 0.6 * 20, 19.9, 20, 23], 20)
    assert [(low, high) for low, high, _ in found] == [(2 * n, 2 * n + 2) for n in range(10)]
    assert [count for *_, count in found] == [2, 1, 0, 0, 0, 0, 1, 0, 0, 3]
    assert sum(count for *_, count in histogram([0.1 * n for n in range(10)], 1)) == 10
    assert [count for *_, count in histogram([0.1 * n for n in range(10)], 1)] == [1] * 10
    assert histogram([0, 0], 0)[0][2] == 2, "where there are no points to have"


def test_cases_count_those_who_were_asked():
    found = case_shares([[("one", True), ("two", False)], [("one", True)]])
    assert found == {"one": (2, 2), "two": (0, 1)}


def test_who_falls_from_chapter_to_chapter():
    assert falls([0.9, 0.7]) and falls([0.9, 0.8, 0.7])
    assert not falls([0.9, 0.71]), "less than a fifth of the points"
    assert not falls([0.9, 0.5, 0.6]) and not falls([0.5, 0.9]) and not falls([0.9, 0.9, 0.1])


def test_hand_ins_are_counted_by_the_day():
    hours = [0, 23.9, 24, 73, 24 * 30, 24 * 300]
    found = dict(days([timedelta(hours=each) for each in hours]))
    assert found[0] == 2 and found[1] == 1 and found[2] == 0 and found[3] == 1 and found[30] == 2
    assert max(found) == 30 and sum(found.values()) == len(hours)
