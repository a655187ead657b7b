"""What a person asks for, one module a verb, and the site's extension, which hands out the student notebooks.

Nothing but the command line and the example class may build on it.
"""
