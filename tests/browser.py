"""Real Chromium: where it is, and what a test does without it."""

import os
import shutil

import pytest


def installed(*names: str) -> str:
    """Return the first of these programs that is there; skip without any, and fail in CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        # in CI every part is installed, so that a missing one is a fault
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{names[0]} is missing: no real browser")
    return found


def chromium() -> str:
    return installed("chromium", "chromium-browser", "google-chrome")


def chromedriver() -> str:
    return installed("chromedriver")
