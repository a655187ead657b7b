"""How a submission is run: files handed in → graded notebook, in a sandbox, by whichever worker.

Knows no gradebook and no class folder: what it needs of them comes with the task.
"""
