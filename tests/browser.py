"""Real Chromium: where it is, and what a test does without it."""

import shutil

from tests.conftest import lacking


def installed(*names: str) -> str:
    """Return the first of these programs that is there; skip without any, and fail in CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        lacking(f"{names[0]} is missing: no real browser")
    return found


def chromium() -> str:
    return installed("chromium", "chromium-browser", "google-chrome")


def chromedriver() -> str:
    return installed("chromedriver")
