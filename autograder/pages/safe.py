"""What may stand on a page: the one list of tags and attributes, and the sanitizer that holds HTML to it.

Whatever a student or a marker has written goes through `clean`: their Markdown when it is HTML already, the
HTML that their code has displayed, the mathematics made from both. What is not on the list goes, its text
stays. So nothing on a page runs, asks another host, hides, or looks like a part of the page itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import nh3
from pygments.token import STANDARD_TYPES


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TEXT = _names(
    "a b blockquote br caption code dd del div dl dt em h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s "
    "samp span strike strong sub sup table tbody td tfoot th thead tr tt u ul var"
)
"""The tags of text. The two highest headings are the page's own."""
MATHEMATICS = _names(
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mprescripts mroot mrow ms mspace msqrt "
    "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
"""The tags of MathML; none of them links, runs or hides."""
WITH_CONTENT = _names(
    "audio canvas embed iframe math-field mphantom noscript object script style svg template textarea title "
    "video"
)
"""Tags that go with all they hold: it is no text, or was not to be seen."""
OTHER = _names(
    "abbr address annotation annotation-xml area article aside base bdi bdo big body button center cite "
    "col colgroup data datalist details dfn dialog dir fieldset figcaption figure font footer form "
    "frame frameset h1 h2 head header hgroup html input label legend link main map marquee menu meta "
    "meter mglyph nav nobr optgroup option output param picture progress rp rt ruby search section "
    "select semantics slot small source summary time track wbr"
)
"""The other tags of HTML and MathML; they go, and what they hold stays."""
BARE = _names(
    "allowfullscreen async autofocus autoplay checked compact controls default defer disabled formnovalidate "
    "hidden inert ismap itemscope loop multiple muted nomodule noshade novalidate nowrap open playsinline "
    "readonly required reversed selected"
)
"""The attributes that HTML writes without a value."""
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
    "math": {"display"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {
        "form",
        "largeop",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "movablelimits",
        "stretchy",
        "symmetric",
    },
    "mover": {"accent"},
    "mrow": {"displaystyle", "scriptlevel"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle", "scriptlevel", "style"},
    "mtd": {"columnspan", "rowspan", "style"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}
LENGTH = r"\d{1,2}(\.\d+)?(em|ex|%)?"
VALUES = {
    "href": re.compile(r"(https?://|mailto:).*", re.S | re.I),
    "width": re.compile(rf"\d{{1,4}}(\.\d+)?(px)?|{LENGTH}"),
    "scriptlevel": re.compile("[012]"),
} | dict.fromkeys(("lspace", "rspace", "minsize", "maxsize", "linethickness"), re.compile(LENGTH))
VALUES["height"] = VALUES["width"]
"""What an attribute may say, where it could take the reader elsewhere, or content out of sight."""
STYLE = re.compile(
    r"text-align: ?(left|right|center)|justify-items: ?(start|end|center)|padding-(left|right): ?0|"
    r"width: ?\d{1,3}%|border-(top|right|bottom|left): ?[\d.]{1,6}em (solid|dashed) currentcolor"
)
"""The declarations that a cell of a table may have, of text or of mathematics."""
CLASSES = {"div": {"highlight"}, "span": {name for name in STANDARD_TYPES.values() if name}}
"""The classes of coloured code; by any other, a student's text could pass for the grader's."""

_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)((?:\"[^\"]*\"|'[^']*'|[^'\"<>])*)>")
_WITH_VALUE = re.compile(r"""(?<![^\s"'/])[^\s"'<>/=]+\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+)""")
_LEFT_OUT = re.compile(r'<img(?= [^>]*?src="left-out:([^"]*)")[^>]*>')
_WITHOUT_WORDS = re.compile(r"<img(?! [^>]*?alt=)")

Picture = Callable[[str], str]
"""From a picture's address to a `data:` address; raises `LeftOutError` where there is none."""


class LeftOutError(ValueError):
    """A part cannot be shown; the message is the sentence in its place."""


MOST_TEXT = 20_000
"""How many characters of one text are read; an answer in words has some hundreds."""

LEAST_CODE = 200
"""For how many characters a piece of code counts at least."""
MOST_LINES = 1000
"""How many lines of one text are shown where lines are shown as they are."""


@dataclass
class Room:
    """What one page may still hold: characters of text, coloured code and plain text, bytes of pictures."""

    text: int = 200_000
    code: int = 100_000
    plain: int = 1_000_000
    pictures: int = 20_000_000
    looks: int = 500

    def take_text(self, text: str) -> tuple[str, str]:
        """Return what of `text` is shown, and a sentence about what is left out, or ''."""
        shown = text[: min(MOST_TEXT, self.text)]
        self.text -= len(shown)
        rest = len(text) - len(shown)
        return shown, f"{rest:,} more characters are left out here" if rest else ""

    def take_lines(self, text: str, most: int) -> tuple[str, str]:
        """Return what is shown of a text as it is, the first lines, and a sentence about the rest, or ''."""
        lines = text[: max(0, min(most, self.plain))].split("\n", MOST_LINES)
        shown = "\n".join(lines[:MOST_LINES])
        self.plain -= len(shown)
        rest = text[len(shown) :].removesuffix("\n")
        if not rest:
            return shown, ""
        count, what = (rest.count("\n"), "line") if "\n" in rest else (len(rest), "character")
        return (
            shown,
            f"… {count:,} {what}{'s' if count > 1 else ''} more {'are' if count > 1 else 'is'} not shown",
        )

    def take_colour(self, code: str) -> bool:
        """Tell whether this code may be coloured; to begin with a piece takes as long as a few lines."""
        self.code -= max(len(code), LEAST_CODE)
        return self.code >= 0

    def look_at_picture(self) -> None:
        """Count a picture, shown or not; raise `LeftOutError` where there were more than anybody looks at."""
        self.looks -= 1
        if self.looks < 0:
            raise LeftOutError("a picture is left out: the page has more of them than one may")

    def take_picture(self, size: int, what: str) -> None:
        """Take the room of a picture; raise `LeftOutError` where there is not enough left."""
        if size > self.pictures:
            raise LeftOutError(f"{what} is left out: the page holds as many pictures as one may")
        self.pictures -= size


def no_picture(_: str) -> str:
    """Refuse every picture: a page asks no other host, and no other file."""
    raise LeftOutError("a picture that lies outside the notebook is not shown")


def note(sentence: str) -> str:
    """Return the HTML of a sentence that the page says by itself, in the place of a part."""
    return f'<em class="note">({escape(sentence)})</em>'


def comparisons_as_text(html: str) -> str:
    """Return HTML in which what only looks like a tag is text: of `a <b and c> d` no word is to be lost."""
    return _TAG.sub(lambda found: found[0] if _is_tag(found[1], found[2]) else escape(found[0]), html)


def _is_tag(name: str, attributes: str) -> bool:
    bare = _WITH_VALUE.sub(" ", attributes).rstrip("/").lower().split()
    return name.lower() in TEXT | MATHEMATICS | WITH_CONTENT | OTHER and BARE.issuperset(bare)


def clean(html: str, picture: Picture = no_picture) -> str:
    """Return HTML with nothing in it but what the list allows; `picture` says what an address stands for."""

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return _address(value, picture)
        if attribute == "style":
            declarations = [each.strip() for each in value.split(";")]
            return ";".join(each for each in declarations if STYLE.fullmatch(each)) or None
        pattern = VALUES.get(attribute)
        return value if pattern is None or pattern.fullmatch(value.strip()) else None

    cleaned = nh3.clean(
        html,
        tags=set(TEXT | MATHEMATICS),
        clean_content_tags=set(WITH_CONTENT),
        attributes=ATTRIBUTES,
        attribute_filter=allowed,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto", "data", "attachment"},
    )
    cleaned = _LEFT_OUT.sub(lambda found: f'<em class="note">({found[1]})</em>', cleaned)
    return _WITHOUT_WORDS.sub('<img alt="a picture"', cleaned.replace('alt=""', ""))


def _address(value: str, picture: Picture) -> str:
    try:
        return picture(value)
    except LeftOutError as error:
        return f"left-out:{error}"
