"""The grading engine: what is graded (`exercises`) and how (release, grade, feedback)."""
