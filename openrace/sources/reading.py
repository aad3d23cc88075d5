"""Strict readings of answers: JSON, CSV, and what to say of a field that does not fit."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from typing import Any

import httpx2
import pandas as pd
import pydantic

from openrace.errors import Refusal


def parsed(answer: httpx2.Response, who: str) -> Any:
    """Return JSON.

    Raises:
        Refusal: it is not JSON, is cut, or holds NaN or an infinite number.
    """

    def refuse(word: str) -> float:
        raise Refusal(f"{who} answered “{word}” as a number.")

    def finite(text: str) -> float:
        number = float(text)
        return number if math.isfinite(number) else refuse(shown(text))

    _check_no_page(answer, who, "JSON")
    try:
        return json.loads(answer.content, parse_constant=refuse, parse_float=finite)
    except (ValueError, RecursionError):
        raise Refusal(f"{who} answered something that is not JSON, or is cut.") from None


def table(answer: httpx2.Response, columns: Sequence[str]) -> pd.DataFrame:
    """Return CSV as text, empty fields as empty text.

    Args:
        answer: of a host.
        columns: those that must be there; others may be, and are listed in `.attrs["added"]`.

    Raises:
        Refusal: it is not CSV in UTF-8, lacks a column, has one twice, has no rows, or has a row
            of another length.
    """
    _check_no_page(answer, answer.url.host, "CSV")
    lines = io.StringIO(_text(answer), newline="")
    try:
        head, *rows = [line for line in csv.reader(lines, strict=True) if line] or [[]]
    except csv.Error:
        raise Refusal(f"{answer.url.host} answered CSV that is cut or broken.") from None
    if wrong := _wrong_in_csv(head, rows, columns):
        raise Refusal(f"{answer.url.host} has {wrong} in {shown(answer.url.path)}.")
    read = pd.DataFrame(rows, columns=head, dtype="str")
    read.attrs["added"] = [name for name in head if name not in columns]
    return read


def misfit(who: str, error: pydantic.ValidationError, content: Any) -> str:
    """Return a sentence on the first field that does not fit, with the id of its entry.

    Args:
        who: what to call the source.
        error: what pydantic found.
        content: what it found it in, parsed.
    """
    first = error.errors()[0]
    field: list[str] = []
    ids: list[str] = []
    at = content
    for step in first["loc"]:
        if isinstance(at, dict) and isinstance(at.get("id"), str):
            ids, field = [*ids, at["id"]], []
        try:
            at = at[step]
        except (IndexError, KeyError, TypeError):
            if first["type"] != "missing":
                continue  # no place in the answer: pydantic names an alternative so
        field.append(str(step))
    what = f"field “{shown('.'.join(field))}”" if field else "the answer"
    of = f" of {shown('/'.join(ids))}" if ids else ""
    return f"{who}: {what}{of} {_wrong(first['type'], first['msg'], at)}."


def shown(text: str) -> str:
    """Return foreign text as it may stand in a terminal: short, and without control characters."""
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return plain if len(plain) <= 80 else plain[:79] + "…"


def _wrong_in_csv(
    head: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[str]
) -> str:
    """Return what is wrong with a CSV file; empty if nothing is."""
    if lacks := [name for name in columns if name not in head]:
        return f"no column “{lacks[0]}”"
    if twice := [name for name in head if head.count(name) > 1]:
        return f"more than one column “{shown(twice[0])}”"
    if not rows:
        return "no rows"
    other = next((row for row in rows if len(row) != len(head)), None)
    if other is None:
        return ""
    return f"{len(head)} columns but {len(other)} in the row of “{shown(other[0])}”"


def _text(answer: httpx2.Response) -> str:
    try:
        return answer.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{answer.url.host} answered text that is not UTF-8.") from None


def _check_no_page(answer: httpx2.Response, who: str, wanted: str) -> None:
    if answer.content[:1000].lstrip().startswith(b"<"):
        raise Refusal(f"{who} answered a web page, not {wanted}: {shown(answer.url.path)}.")


def _wrong(kind: str, message: str, value: Any) -> str:
    if kind == "missing":
        return "is missing"
    rule = re.sub(r"^\w+ (?=should )", "", message)
    if not rule.startswith("should "):
        return f"cannot be: {message[:1].lower()}{message[1:]}"
    if isinstance(value, dict | list):
        return rule
    return f"{rule}, but is {shown(json.dumps(value, ensure_ascii=False))}"
