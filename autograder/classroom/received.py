"""Under which name an LMS has handed out what each student handed in: it takes a page back by that name."""

from pathlib import Path

from autograder.classroom import record


def keys(folder: Path, assignment: str, lms: str) -> dict[str, str]:
    """Return by student the name of what was collected last, as far as it came from this LMS and has one."""
    last = {
        entry["student"]: entry
        for entry in record.entries(folder)
        if entry.get("what") == "collected" and entry.get("assignment") == assignment and "student" in entry
    }
    found = {student: entry.get("key", "") for student, entry in last.items() if entry.get("lms") == lms}
    return {student: key for student, key in found.items() if isinstance(key, str) and key}
