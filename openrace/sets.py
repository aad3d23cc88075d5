"""Named sets of parameters: files that ask the whole book another question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from openrace import parameters
from openrace.errors import Refusal

_KEYS = ("title", "description", "parameters")
#: What a book says that was asked with flags alone.
_UNNAMED = ("Other parameters", "This is not the book as published.")


@dataclass(frozen=True)
class ParameterSet:
    """A named set: what it is called, what it is for, and the values it sets."""

    name: str
    title: str
    description: str
    parameters: Mapping[str, Any]


def read(path: Path, known: Sequence[str]) -> ParameterSet:
    """Read a set; the file's name, without its ending, names it.

    Args:
        path: a YAML file of `title`, `description` and `parameters`.
        known: the parameters that the book has.

    Raises:
        Refusal: the file is no such set, or sets what does not exist; the sentence names the file.
    """
    file = path.name
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", path.stem):
        raise Refusal(f"{file}: its name may hold only small letters, digits and hyphens.")
    held = _held(path, file)
    given = {name: parameters.plain(value) for name, value in held["parameters"].items()}
    parameters.refuse_unknown(given, known, f"{file}: the book")
    try:
        parameters.check(given)
    except Refusal as refusal:
        raise Refusal(f"{file}: {refusal}") from None
    return ParameterSet(path.stem, held["title"], held["description"], given)


def _held(path: Path, file: str) -> dict[str, Any]:
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Refusal(f"{file} cannot be read as YAML.") from None
    wanted = f"it has {', '.join(_KEYS)}"
    if not isinstance(held, dict):
        raise Refusal(f"{file} is no set of parameters; {wanted}.")
    for key in (*held, *_KEYS):
        if key not in _KEYS or key not in held:
            raise Refusal(f"{file}: a set has {'no' if key in held else 'a'} “{key}”; {wanted}.")
        kind, word = (dict, "a mapping") if key == "parameters" else (str, "text")
        if not isinstance(held[key], kind):
            raise Refusal(f"{file}: {key} must be {word}.")
    return held


def asked(
    chosen: ParameterSet | None, given: Mapping[str, Any], usual: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Return what pages say of a book with other parameters; nothing when it is the usual book.

    Args:
        chosen: the set, if one was named.
        given: all values given, by set or flag.
        usual: by parameter, the values that chapters have otherwise.
    """
    other = {
        name: [value, list(usual[name])]
        for name, value in given.items()
        if any(value != default for default in usual[name])
    }
    if not chosen and not other:
        return {}
    title, description = (chosen.title, chosen.description) if chosen else _UNNAMED
    return {"title": title, "description": description, "values": other}
