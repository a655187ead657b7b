"""How each LMS names the files of a download: whose they are, when they came, which attempt they belong to.

Where each form was seen stands in `FORMS`. A form that is not there is a pattern in the settings.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One file of a download.

    `path` is where it lies, `whose` what tells whom it is from (the best first: a user's id, a login, a
    name), `shown` how that person or group is shown, `attempt` tells the attempts of one person apart and
    puts them into order, `when` is the LMS's own time without a zone, `late` its mark for late work, and
    `file` where it lies in the hand-in. `key` is what the LMS wants to see again on what is given back.
    """

    path: str
    whose: tuple[str, ...]
    shown: str
    file: str
    attempt: str = ""
    when: datetime | None = None
    late: bool = False
    key: str = ""


@dataclass(frozen=True)
class Form:
    """The names of one LMS's downloads: patterns of which the first that fits a path counts."""

    lms: str
    patterns: tuple[str, ...]
    seen: str
    when: Callable[[str], datetime | None] = field(default=lambda _: None)
    left_out: str = r"(?!)"

    def entry(self, path: str) -> Entry | None:
        """Return what a path says, None where it is not of this form or nobody's file."""
        if re.search(self.left_out, path):
            return None
        for pattern in self.patterns:
            if match := re.fullmatch(pattern, path):
                return self._entry(path, match.groupdict())
        return None

    def _entry(self, path: str, found: Mapping[str, str | None]) -> Entry:
        name, when = found.get("name") or "", found.get("when") or ""
        sure = [found.get("user"), found.get("login"), name, found.get("part")]
        return Entry(
            path=path,
            whose=tuple(dict.fromkeys(each for each in sure if each)),
            shown=name or found.get("user") or "",
            file=found.get("file") or "",
            attempt=when,
            when=self.when(when) if when else None,
            late=bool(found.get("late")),
            key=found.get("key") or "",
        )


def _stamp(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")


def _brightspace(text: str) -> datetime | None:
    """Return a date such as `Oct 12, 2026 1130 AM`: hours and minutes have no sign between them."""
    match = re.fullmatch(r"(\w{3})\w*\.? (\d{1,2}), (\d{4}) (\d{1,2}):?(\d\d) ([AP]M)", text)
    if match is None:
        return None
    month, day, year, hours, minutes, half = match.groups()
    try:
        return datetime.strptime(f"{month} {day} {year} {hours}:{minutes} {half}", "%b %d %Y %I:%M %p")
    except ValueError:
        return None


SAKAI = r"(?:[^/]+/)?(?P<key>(?P<name>[^/]*?) ?\((?P<user>[^()/]+)\))"
FORMS = (
    Form(
        "canvas",
        (
            r"(?P<key>(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_\d+_)(?P<file>[^/]+)",
            r"(?P<key>(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_\d+_)(?P<file>[^/]+)",
            r"(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>(?:text|link)\.html)",
        ),
        "the source of Canvas, lib/content_zipper.rb",
    ),
    Form(
        "moodle",
        (
            r"(?:.*/)?(?P<key>(?P<name>[^/_]+)_(?P<user>\d+)_assignsubmission_[a-z]+_?)/(?P<file>.+)",
            r"(?P<key>(?P<name>[^/_]+)_(?P<user>\d+)_assignsubmission_[a-z]+)_(?P<file>[^/]+)",
        ),
        "the source of Moodle, mod/assign/classes/downloader.php: folders without the last _ since 4.1",
    ),
    Form(
        "blackboard",
        (
            r"(?P<part>.+)_(?P<user>[^/_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_(?P<file>[^/]+)",
            r"(?P<part>.+)_(?P<user>[^/_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?P<about>\.txt)",
        ),
        "public programs that read its downloads, and the example of nbgrader's zip_collect",
        _stamp,
    ),
    Form(
        "brightspace",
        (
            r"(?:.*/)?(?P<key>(?P<user>\d+)-\d+\s*-\s*(?:(?P<login>[\w.]+) )?(?P<name>[^/]+?)\s*-\s*"
            r"(?P<when>\w+\.? \d{1,2}, \d{4} \d{1,2}:?\d\d [AP]M))(?:/| - )(?P<file>.+)",
        ),
        "public programs that read its downloads",
        _brightspace,
        r"(?:^|/)index\.html$",
    ),
    Form(
        "sakai",
        (
            SAKAI + r"/(?P<file>timestamp\.txt)",
            SAKAI + r"/[^/]+/(?P<file>[^/]+)",
            SAKAI + r"/(?P<file>[^/]+_submissionText\.html)",
        ),
        "the source of Sakai, AssignmentServiceImpl.java",
        left_out=r"(?:^|/)(?:comments\.txt|feedbackText\.html|grades\.(?:csv|xls)|members\.txt)$"
        r"|/Feedback Attachment",
    ),
    Form(
        "ilias",
        (r"(?:.*/)?(?P<key>(?P<name>[^/]+)_(?P<user>\d+))/(?P<file>.+)",),
        "the source of ILIAS, ilExSubmission, and the archives that ilias2nbgrader is tested on",
    ),
    Form(
        "gradescope",
        (r"(?:.*/)?(?P<key>submission_(?P<user>\d+))/(?P<file>.+)",),
        "public programs that read its exports; submission_metadata.yml says who submitted",
        left_out=r"(?:^|/)submission_metadata\.yml$",
    ),
    Form("plain", (r"(?:.*/)?(?P<key>(?P<user>[^/]+))/(?P<file>[^/]+)",), "a folder for each student, by id"),
)
"""The forms of the LMS's that are known, the surest first."""


def recognise(paths: Iterable[str], forms: Iterable[Form] = FORMS) -> list[Form]:
    """Return the forms that most of the paths have; more than one where two fit equally well."""
    paths = list(paths)
    fits = {form.lms: sum(form.entry(path) is not None for path in paths) for form in forms}
    best = max(fits.values(), default=0)
    found = [form for form in forms if best and fits[form.lms] == best]
    sure = [form for form in found if form.lms != "plain"]
    return sure or found
