"""The grading engine: what is graded (`exercises`) and how (release, grade, feedback, report)."""

import sys

# jsonschema imports this grammar of web addresses, which takes a second, in case a schema asks for one; the
# schema of notebooks does not, and jsonschema goes without where it is missing
sys.modules.setdefault("rfc3987_syntax", None)


class CourseError(Exception):
    """Something that a person can mend: the message says what is wrong, where, and what to do."""
