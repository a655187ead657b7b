"""Where a class is kept: its folder, its gradebook, its settings, and our parts of nbgrader's own commands.

Decides on no verdict and asks nobody to grade: that is for the desk.
"""
