"""Measures this grader against plain nbgrader on one class: `make bench`, or python -m tests.benchmark.

No test is collected from here: what a machine of unknown load measures is no assertion of a test.
"""
