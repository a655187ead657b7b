"""How learning management systems name what was handed in, who their people are, and how they take grades back.

Knows no gradebook and no class folder: names and files in, names and files out.
"""
