"""Names and messages from outside, as a terminal may get them: without characters of control."""


def printable(text: str) -> str:
    """Return a name, or a sentence with one, as one line that a terminal and a page can show."""
    return "".join(each if each.isprintable() else "�" for each in text)


def whole(text: str) -> str:
    """Return a text that UTF-8 can hold, as a program may get it: without halves of characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def printable_lines(text: str) -> str:
    """Return a text of several lines as a terminal can show it."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.split("\n"))
