"""The settings, held against the classes that read them: what nobody reads or can use is refused by name.

traitlets warns of some of these on a log and passes the others over: a limit with a letter missing would
never hold, and nobody would know.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from traceback import extract_tb
from typing import Any

from traitlets import Bool, Enum, HasTraits, Int, TraitError, TraitType, Type, Unicode
from traitlets.config import Config, Configurable, PyFileConfigLoader
from traitlets.config.loader import DeferredConfig, LazyConfigValue

from autograder import CourseError

OURS, THEIRS = "autograder", ("nbgrader", "nbconvert")
"""Of whose classes we know every setting; other programs read the same file and have classes of their own."""
SHARED = {"Application", "JupyterApp", "LoggingConfigurable", "SingletonConfigurable", "Authenticator"}
"""Classes, or names of classes, that other programs have settings for, too."""
OUTDATED = {"NbGraderConfig", "BasicConfig", "BaseNbGraderApp", "BaseApp", "TransferApp", "BaseNbConvertApp"}
OUTDATED |= {"DisplayAutoGrades"}
"""Sections that nbgrader still reads, and puts into the place of today's."""
MOVED = {"course_directory", "exchange_directory", "cache_directory"}
"""Settings of `NbGrader` and its commands that nbgrader reads under another name."""
ALIKE = 0.85
"""How much of its letters a class shares with one of ours for it to be a slip and not another program's."""
MOST_SHOWN = 60
"""How many characters of a value are shown."""

Setting = tuple[str, str, Any]
"""A section, a name in it, and the value."""


class SettingsError(CourseError):
    """A setting that nobody reads or that cannot be what it is; the message names it and the right one."""


def read_settings(file: Path) -> Config:
    """Return what a configuration file sets. Raises `SettingsError` where it cannot be read or used."""
    try:
        config = PyFileConfigLoader(file.name, path=str(file.parent)).load_config()
    except CourseError:
        raise
    except SyntaxError as error:
        raise SettingsError(f"{error.filename}, line {error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:  # the file is a person's program and may raise anything
        lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(file)]
        where = f"{file}, line {lines[-1]}" if lines else str(file)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise SettingsError(f"{where}: {said}") from None
    refuse_wrong_settings(config)
    return config


def refuse_wrong_settings(config: Config) -> None:
    """Raise `SettingsError` where a setting has no reader or a value that its reader cannot use."""
    known = _known_classes()
    wrong = [said for each in _settings(config) if (said := _why_wrong(*each, known))]
    if wrong:
        raise SettingsError("; ".join(wrong))


def _settings(config: Config, section: str = "") -> Iterator[Setting]:
    """Yield every setting; in `c.Autograde.BlindExecute.timeout` the last section is the one that counts."""
    for name, value in config.items():
        if isinstance(value, Config):
            yield from _settings(value, name)
        else:
            yield section, name, value


def _known_classes() -> dict[str, list[type[HasTraits]]]:
    """Return every class that is loaded and has settings, by its name; some names occur more than once."""
    from nbgrader import apps  # noqa: F401  loads every class that nbgrader reads settings for

    known: dict[str, list[type[HasTraits]]] = {}
    for each in dict.fromkeys(_below(Configurable)):
        known.setdefault(each.__name__, []).append(each)
    return known


def _below(base: type[HasTraits]) -> Iterator[type[HasTraits]]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def _why_wrong(section: str, name: str, value: Any, known: dict[str, list[type[HasTraits]]]) -> str:
    """Return a clause that says what is wrong with a setting, or ''."""
    if not section:
        return f"the setting c.{name} names no class{_nearest(name, _full_names(known), whole=False)}"
    if section not in known:
        return _why_no_class(section, name, known)
    found = [each for each in known[section] if _whose(each) in (OURS, *THEIRS)]
    traits = _traits(known[section])
    if name in traits:
        return _why_no_value(section, name, value, traits[name])
    if not found or section in SHARED or _has_moved(section, name, known):
        return ""
    return f"there is no setting c.{section}.{name}{_nearest(name, traits, f'c.{section}.')}"


def _why_no_class(section: str, name: str, known: dict[str, list[type[HasTraits]]]) -> str:
    """Return a clause where a class that is not there is hardly another program's, or ''."""
    ours = [each for each in known if any(_whose(one) in (OURS, *THEIRS) for one in known[each])]
    near = get_close_matches(section, [each for each in ours if each not in SHARED], 1, ALIKE)
    if section in OUTDATED or not near:
        return ""
    traits = _traits(known[near[0]])
    rest = get_close_matches(name, traits, 1)
    meant = f"c.{near[0]}.{rest[0]}" if rest else f"c.{near[0]}"
    return f"there is no class for the setting c.{section}.{name}; the nearest is {meant}"


def _traits(classes: Iterable[type[HasTraits]]) -> dict[str, TraitType]:
    """Return the settings that a section may have: a class reads those of its bases, too."""
    found: dict[str, TraitType] = {}
    for each in classes:
        for one in [*_below(each), each]:
            found |= one.class_traits(config=True)
    return found


def _has_moved(section: str, name: str, known: dict[str, list[type[HasTraits]]]) -> bool:
    """Tell whether nbgrader reads a setting in a place where it once stood."""
    if not (section.endswith("App") or section in ("NbGrader", "Exchange")):
        return False
    every = (each for classes in known.values() for each in classes if _whose(each) == "nbgrader")
    return name in MOVED or any(name in each.class_trait_names(config=True) for each in every)


def _whose(each: type) -> str:
    return each.__module__.partition(".")[0]


def _full_names(known: dict[str, list[type[HasTraits]]]) -> list[str]:
    """Return the settings of our own classes."""
    ours = [each for classes in known.values() for each in classes if _whose(each) == OURS]
    return [f"c.{each.__name__}.{name}" for each in ours for name in each.class_own_traits(config=True)]


def _nearest(name: str, names: Iterable[str], before: str = "", *, whole: bool = True) -> str:
    """Return a clause with the nearest of these names, by their ends where they are not `whole`."""
    ends = {each if whole else each.rpartition(".")[2]: each for each in names}
    near = get_close_matches(name, ends, 1)
    return f"; the nearest is {before}{ends[near[0]]}" if near else ""


def _why_no_value(section: str, name: str, value: Any, trait: TraitType) -> str:
    """Return a clause where the class that reads a setting cannot use its value, or ''."""
    if isinstance(value, LazyConfigValue) or (isinstance(trait, Type) and isinstance(value, str)):
        return ""  # added to what is there; named by where it is imported from, which may fail in its time
    try:
        given = value.get_value(trait) if isinstance(value, DeferredConfig) else value
        if isinstance(trait, Int) and isinstance(given, bool):
            raise TraitError
        if given is not None or not trait.allow_none:
            trait.validate(trait.this_class.__new__(trait.this_class), given)
    except (TraitError, ValueError, TypeError):
        shown = str(value) if isinstance(value, str) and isinstance(value, DeferredConfig) else repr(value)
        shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]} ..."
        return f"c.{section}.{name} is {shown} and must be {_allowed(trait)}"
    return ""


def _allowed(trait: TraitType) -> str:
    """Return in words what a setting may be."""
    words = trait.info()
    if isinstance(trait, Bool):
        words = "True or False"
    elif isinstance(trait, Unicode):
        words = "a text"
    elif isinstance(trait, Enum):
        words = f"one of {', '.join(map(repr, trait.values))}"
    elif isinstance(trait, Int):
        words = "a whole number" + _bounds(trait.min, trait.max)
    return words + (", or None" if trait.allow_none and "None" not in words else "")


def _bounds(least: int | None, most: int | None) -> str:
    if least is None:
        return "" if most is None else f" of at most {most}"
    return f" of at least {least}" if most is None else f" from {least} to {most}"
