"""The data package made binding: typed columns, pandera checks, one sentence on what is wrong."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import yaml

from openrace import package
from openrace.errors import Refusal
from openrace.package import Resource


def read(name: str) -> pd.DataFrame:
    """Read a table as its description says, checked against every rule of it.

    Args:
        name: the table's name in the data package.

    Returns:
        One typed column per field: `datetime64`, `str`, `int64` (`Int64` where values are
        missing), `float64`, `bool`.

    Raises:
        Refusal: the file breaks a rule; the sentence names file, row and rule.
    """
    described = package.describe(name)
    raw = _text(package.path(name), described)
    fields = described["schema"]["fields"]
    typed = pd.DataFrame({f["name"]: _typed(raw[f["name"]], f, described) for f in fields})
    _check_rules(typed, described)
    _check_foreign_keys(typed, described)
    return typed


def _broken(described: Resource, index: int | None, rule: str) -> Refusal:
    row = "" if index is None else f", row {index + 2}"
    return Refusal(f"data/{described['path']}{row}: {rule}.")


def _text(path: Path, described: Resource) -> pd.DataFrame:
    """Read a file as text, missing where empty; every row must be as long as the first.

    The csv module and not pandas, which fills a row that was cut short, takes a column too many
    for an index, and skips empty lines.
    """
    head, *rows = _records(path, described) if path.suffix == ".yml" else _lines(path, described)
    _check_columns(head, described)
    for index, row in enumerate(rows):
        if len(row) != len(head):
            rule = f"it has {len(row)} fields, but the table has {len(head)} columns"
            raise _broken(described, index, rule)
    return pd.DataFrame(rows, columns=head, dtype="str").replace("", None)


def _lines(path: Path, described: Resource) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, strict=True)) or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refusal(f"data/{described['path']} cannot be read as CSV: {error}.") from None


def _records(path: Path, described: Resource) -> list[list[str]]:
    """Read a table kept as a YAML list of records under the table's name, each value as text."""
    try:
        records = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)[described["name"]]
        head = list(dict.fromkeys(field for record in records for field in record))
        return [head, *([record.get(field, "") for field in head] for record in records)]
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise Refusal(f"data/{described['path']} cannot be read as YAML: {error}.") from None


def _check_columns(head: list[str], described: Resource) -> None:
    wanted = [f["name"] for f in described["schema"]["fields"]]
    missing = [c for c in wanted if c not in head]
    if missing:
        raise _broken(described, None, f"column {missing[0]} is missing")
    extra = [c for c in head if c not in wanted]
    if extra:
        raise _broken(described, None, f"column {extra[0]} is not in datapackage.json")
    twice = [c for c in wanted if head.count(c) > 1]
    if twice:
        raise _broken(described, None, f"column {twice[0]} is there twice")


def _boolean(text: pd.Series) -> pd.Series:
    return text.map({"true": True, "false": False})


def _integer(text: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(_only(text, r"-?[0-9]{1,15}")).astype("Int64")
    return numbers if numbers.isna().any() else numbers.astype("int64")


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(_only(text, r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]{1,2})?")).astype(float)


def _date(text: pd.Series) -> pd.Series:
    days = _only(text, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")


def _only(text: pd.Series, pattern: str) -> pd.Series:
    """Keep what is written as it must be: pandas reads more spellings than a table may hold."""
    return text.where(text.str.fullmatch(pattern, na=False))


_TYPES: dict[str, tuple[str, Callable[[pd.Series], pd.Series]]] = {
    "string": ("text", lambda text: text),
    "date": ("a date (YYYY-MM-DD)", _date),
    "integer": ("a whole number", _integer),
    "number": ("a number", _number),
    "boolean": ("true or false", _boolean),
}


def _typed(text: pd.Series, field: dict[str, Any], described: Resource) -> pd.Series:
    words, convert = _TYPES[field["type"]]
    values = convert(text)
    wrong = values.isna() & text.notna()
    if wrong.any():
        at = int(wrong.idxmax())
        raise _broken(described, at, f"{field['name']} is “{text[at]}”, but must be {words}")
    return values


def _rules(field: dict[str, Any]) -> list[pa.Check]:
    """Translate a field's constraints into pandera checks whose error is the rule in words."""
    rules = field.get("constraints", {})
    made = {
        "minimum": lambda v: pa.Check.ge(v, error=f"must be at least {v}"),
        "maximum": lambda v: pa.Check.le(v, error=f"must be at most {v}"),
        "enum": lambda v: pa.Check.isin(v, error=f"must be one of {', '.join(map(str, v))}"),
        "pattern": lambda v: pa.Check.str_matches(f"^(?:{v})$", error=f"must match {v}"),
    }
    return [make(rules[rule]) for rule, make in made.items() if rule in rules]


def _check_rules(typed: pd.DataFrame, described: Resource) -> None:
    fields = described["schema"]["fields"]
    key = described["schema"].get("primaryKey", [])
    key = [key] if isinstance(key, str) else key
    columns = {
        f["name"]: pa.Column(
            nullable=not f.get("constraints", {}).get("required", False), checks=_rules(f)
        )
        for f in fields
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pa.DataFrameSchema(columns).validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise _first_failure(errors, described) from None
    twice = typed.duplicated(key) if key else pd.Series(dtype=bool)
    if twice.any():
        at = int(twice.idxmax())
        values = ", ".join(f"{k} {_shown(typed[k][at])}" for k in key)
        raise _broken(described, at, f"a second row for {values}")


def _first_failure(errors: pa.errors.SchemaErrors, described: Resource) -> Refusal:
    cases = errors.failure_cases.sort_values("index", na_position="first")
    case = cases.iloc[0]
    at = None if pd.isna(case["index"]) else int(case["index"])
    if case["check"] == "not_nullable":
        return _broken(described, at, f"{case['column']} is empty, but is required")
    rule = f"{case['column']} is “{_shown(case['failure_case'])}”, but {case['check']}"
    return _broken(described, at, rule)


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _check_foreign_keys(typed: pd.DataFrame, described: Resource) -> None:
    for key in described["schema"].get("foreignKeys", []):
        field, reference = _one(key["fields"]), key["reference"]
        other = package.path(reference["resource"])
        known = _text(other, package.describe(reference["resource"]))
        unknown = typed[field].notna() & ~typed[field].isin(known[_one(reference["fields"])])
        if unknown.any():
            at = int(unknown.idxmax())
            rule = f"{field} is “{typed[field][at]}”, which data/{other.name} does not know"
            raise _broken(described, at, rule)


def _one(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else fields[0]
