"""What a student reads: graded notebook and points → one HTML page; the look of the pages for instructors.

Knows no gradebook and no class folder, and runs nothing.
"""
