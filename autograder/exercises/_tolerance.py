"""Tolerances that several exercises share, each with its reason."""

from typing import Any

SINGLE_PRECISION: dict[str, Any] = {
    "rtol": 1e-4,
    "atol": 1e-5,
    "tolerance_reason": (
        "the formula is the task and not the last digits: "
        "an answer that computes in float32 passes, which carries "
        "7 digits and loses 3 of them in a log-probability of −1000, and every wrong formula is further off"
    ),
}
"""For formulas whose known wrong versions all differ within the first digits."""

SINGLE_PRECISION_OF_A_MEAN: dict[str, Any] = SINGLE_PRECISION | {"atol": 1e-4}
"""For a mean whose terms are around 1 and may cancel, so that their errors do not shrink with the result."""
