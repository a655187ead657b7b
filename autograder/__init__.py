"""The grading engine: what is graded (`exercises`) and how (release, grade, feedback, report)."""


class CourseError(Exception):
    """Something that a person can mend: the message says what is wrong, where, and what to do."""
