"""Tolerances that several exercises share, each with its reason."""

from typing import Any

SINGLE_PRECISION: dict[str, Any] = {
    "rtol": 1e-4,
    "atol": 4e-5,
    "tolerance_reason": (
        "the formula is the task and not the last digits: an answer that computes in float32, which carries "
        "7 digits and loses a few of them on the way, passes, and every known wrong formula is further off"
    ),
}
"""For formulas whose known wrong versions all differ within the first digits."""
