"""What a chapter says: its cells and their conventions, the reference put in, the Markdown a student gets.

Knows no submission, no class folder and no verdict.
"""
