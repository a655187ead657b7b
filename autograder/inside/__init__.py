"""What runs on the student's side: its process, isolation, limits. It imports nothing else of ours.

The folder is started by its path (`python -I autograder/inside`), so that the warm parent of all submissions
has imported third-party packages only, and no submission finds a part of the course in its memory.
"""
