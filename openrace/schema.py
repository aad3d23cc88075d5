"""The data package made binding: typed columns, pandera checks, one sentence on what is wrong."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow
import yaml

from openrace import package
from openrace.errors import Refusal
from openrace.package import Resource

with warnings.catch_warnings():  # where Spark is, pandera imports it, and it warns of pandas 3
    warnings.simplefilter("ignore", FutureWarning)
    import pandera.pandas as rules


class Broken(Exception):
    """A rule that a table breaks, and in which of its rows, counted from 0; None for all."""

    def __init__(self, index: int | None, rule: str) -> None:
        """Keep the row beside the rule, which is the message."""
        super().__init__(rule)
        self.index = index


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
    with told(described):
        return check(_text(package.path(name), described), described)


def check(text: pd.DataFrame, described: Resource) -> pd.DataFrame:
    """Type rows of text, missing where empty, and check them against every rule.

    Args:
        text: the rows, with one column per field; the index counts from 0.
        described: what the data package says of their table.

    Raises:
        Broken: the first row that breaks a rule.
        Refusal: a table that they refer to breaks one.
    """
    typed = pd.DataFrame({f["name"]: _typed(text[f["name"]], f) for f in fields(described)})
    _check_rules(typed, described)
    _check_foreign_keys(typed, described)
    return typed


def fields(described: Resource) -> list[dict[str, Any]]:
    """Return what is said of each column of a table."""
    found: list[dict[str, Any]] = described["schema"]["fields"]
    return found


def primary_key(described: Resource) -> list[str]:
    """Return the columns that tell a table's rows apart; none where nothing does."""
    key = described["schema"].get("primaryKey", [])
    return [key] if isinstance(key, str) else key


@contextmanager
def told(
    described: Resource, row: Callable[[int], str] = lambda index: f"row {index + 2}"
) -> Iterator[None]:
    """Turn what is broken into a refusal that names the table, the row and the rule."""
    try:
        yield
    except Broken as broken:
        where = "" if broken.index is None else f", {row(broken.index)}"
        raise Refusal(f"data/{described['path']}{where}: {broken}.") from None


# a quoted value that stands where one may stand, doubled quotes inside
_QUOTED = re.compile(rb'(?<![^,\r\n])"[^"]*(?:""[^"]*)*"(?![^,\r\n])')


def _text(path: Path, described: Resource) -> pd.DataFrame:
    """Read a file as text, missing where empty; every row must be as long as the first."""
    quick = _quick(path, described) if path.suffix == ".csv" else None
    if quick is not None:
        _check_columns(list(quick), described)
        return quick
    head, *rows = _records(path, described) if path.suffix == ".yml" else _lines(path, described)
    _check_columns(head, described)
    for index, row in enumerate(rows):
        if len(row) != len(head):
            rule = f"it has {len(row)} fields, but the table has {len(head)} columns"
            raise Broken(index, rule)
    return pd.DataFrame(rows, columns=head, dtype="str").replace("", None)


def _quick(path: Path, described: Resource) -> pd.DataFrame | None:
    """Read a flawless file with Arrow, twenty times faster; leave any other to `_lines`.

    Only what both read alike is taken: Arrow forgives text after a closing quote, and takes an
    empty line for a row of empty values. `_lines` says what is wrong, and where.
    """
    content = path.read_bytes()
    quotes = b'"' in content
    if quotes and b'"' in _QUOTED.sub(b"", content):
        return None
    names = [f["name"] for f in fields(described)]
    try:
        table = arrow.read_csv(
            pa.BufferReader(content),
            parse_options=arrow.ParseOptions(newlines_in_values=quotes, ignore_empty_lines=False),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return None if frame.isna().all(axis=1).any() else frame


def _lines(path: Path, described: Resource) -> list[list[str]]:
    """Read with the csv module.

    And not with pandas, which fills a row that was cut short, takes a column too many for an
    index, and skips empty lines.
    """
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
    wanted = [f["name"] for f in fields(described)]
    missing = [c for c in wanted if c not in head]
    if missing:
        raise Broken(None, f"column {missing[0]} is missing")
    extra = [c for c in head if c not in wanted]
    if extra:
        raise Broken(None, f"column {extra[0]} is not in datapackage.json")
    twice = [c for c in wanted if head.count(c) > 1]
    if twice:
        raise Broken(None, f"column {twice[0]} is there twice")


def _boolean(text: pd.Series) -> pd.Series:
    return _cast(_only(text, "true|false"), pa.bool_())


def _integer(text: pd.Series) -> pd.Series:
    numbers = _cast(_only(text, "-?[0-9]{1,15}"), pa.int64())
    return numbers.astype("Int64") if numbers.isna().any() else numbers


def _number(text: pd.Series) -> pd.Series:
    return _cast(_only(text, r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]{1,2})?"), pa.float64())


def _cast(text: pd.Series, type: pa.DataType) -> pd.Series:
    """Convert with Arrow: pandas makes a Python object of each value first."""
    return pa.array(text, pa.string()).cast(type).to_pandas()


def _date(text: pd.Series) -> pd.Series:
    days = _only(text, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").dt.as_unit("us")


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


def _typed(text: pd.Series, field: dict[str, Any]) -> pd.Series:
    words, convert = _TYPES[field["type"]]
    values = convert(text)
    wrong = values.isna() & text.notna()
    if wrong.any():
        at = int(wrong.idxmax())
        raise Broken(at, f"{field['name']} is “{text[at]}”, but must be {words}")
    return values


def _rules(field: dict[str, Any]) -> list[rules.Check]:
    """Translate a field's constraints into pandera checks whose error is the rule in words."""
    asked = field.get("constraints", {})
    made = {
        "minimum": lambda v: rules.Check.ge(v, error=f"must be at least {v}"),
        "maximum": lambda v: rules.Check.le(v, error=f"must be at most {v}"),
        "enum": lambda v: rules.Check.isin(v, error=f"must be one of {', '.join(map(str, v))}"),
        "pattern": lambda v: rules.Check.str_matches(f"^(?:{v})$", error=f"must match {v}"),
    }
    return [make(asked[rule]) for rule, make in made.items() if rule in asked]


def _check_rules(typed: pd.DataFrame, described: Resource) -> None:
    key = primary_key(described)
    columns = {
        f["name"]: rules.Column(
            nullable=not f.get("constraints", {}).get("required", False), checks=_rules(f)
        )
        for f in fields(described)
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rules.DataFrameSchema(columns).validate(typed, lazy=True)
    except rules.errors.SchemaErrors as errors:
        raise _first_failure(errors) from None
    twice = typed.duplicated(key) if key else pd.Series(dtype=bool)
    if twice.any():
        at = int(twice.idxmax())
        values = ", ".join(f"{k} {_shown(typed[k][at])}" for k in key)
        raise Broken(at, f"a second row for {values}")


def _first_failure(errors: rules.errors.SchemaErrors) -> Broken:
    cases = errors.failure_cases.sort_values("index", na_position="first")
    case = cases.iloc[0]
    at = None if pd.isna(case["index"]) else int(case["index"])
    if case["check"] == "not_nullable":
        return Broken(at, f"{case['column']} is empty, but is required")
    rule = f"{case['column']} is “{_shown(case['failure_case'])}”, but {case['check']}"
    return Broken(at, rule)


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _check_foreign_keys(typed: pd.DataFrame, described: Resource) -> None:
    for key in described["schema"].get("foreignKeys", []):
        field, reference = _one(key["fields"]), key["reference"]
        path, other = package.path(reference["resource"]), package.describe(reference["resource"])
        with told(other):
            known = _text(path, other)
        unknown = typed[field].notna() & ~typed[field].isin(known[_one(reference["fields"])])
        if unknown.any():
            at = int(unknown.idxmax())
            rule = f"{field} is “{typed[field][at]}”, which data/{path.name} does not know"
            raise Broken(at, rule)


def _one(names: str | list[str]) -> str:
    return names if isinstance(names, str) else names[0]
