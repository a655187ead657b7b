"""What a student reads: graded notebook and points → one HTML page.

Knows no gradebook and no class folder, and runs nothing.
"""
