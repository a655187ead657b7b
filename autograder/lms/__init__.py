"""How learning management systems name what was handed in, who is who there, and how grades are taken back.

Knows no gradebook and no class folder: names and files in, names and files out.
"""
