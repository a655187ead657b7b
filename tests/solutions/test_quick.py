"""E.3.6: the three short calculations."""

import pytest

from solutions import quick_ascent_step, quick_ppo_term, quick_td_error


def test_ascent_step_ends_at_a_fifth():
    # J′(0) = −2·(0 − 1) = 2, and 0 + 0.1·2 = 0.2
    assert quick_ascent_step() == pytest.approx(0.2, rel=1e-15)


def test_ppo_term_gives_the_unclipped_and_the_clipped_product():
    # r = 0.6/0.4 = 1.5: unclipped 1.5·3, clipped 1.2·3
    assert quick_ppo_term() == pytest.approx((4.5, 3.6), rel=1e-15)


def test_td_error_is_two_point_four():
    # 2 + 0.9·6 − 5
    assert quick_td_error() == pytest.approx(2.4, rel=1e-15)
