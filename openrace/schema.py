"""The data package made binding: typed columns, pandera checks, one sentence on what is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pandera.pandas as pa

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
    try:
        raw = pd.read_csv(package.path(name), dtype=str, keep_default_na=False, na_values=[""])
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise Refusal(f"data/{described['path']} cannot be read as CSV: {error}.") from None
    _check_columns(raw, described)
    fields = described["schema"]["fields"]
    typed = pd.DataFrame({f["name"]: _typed(raw[f["name"]], f, described) for f in fields})
    _check_rules(typed, described)
    _check_foreign_keys(typed, described)
    return typed


def _broken(described: Resource, index: int | None, rule: str) -> Refusal:
    row = "" if index is None else f", row {index + 2}"
    return Refusal(f"data/{described['path']}{row}: {rule}.")


def _check_columns(raw: pd.DataFrame, described: Resource) -> None:
    wanted = [f["name"] for f in described["schema"]["fields"]]
    missing = [c for c in wanted if c not in raw.columns]
    if missing:
        raise _broken(described, None, f"column {missing[0]} is missing")
    extra = [c for c in raw.columns if c not in wanted]
    if extra:
        raise _broken(described, None, f"column {extra[0]} is not in datapackage.json")


def _boolean(text: pd.Series) -> pd.Series:
    return text.map({"true": True, "false": False})


def _integer(text: pd.Series) -> pd.Series:
    whole = text.where(text.str.fullmatch(r"-?\d{1,15}", na=False))
    numbers = pd.to_numeric(whole).astype("Int64")
    return numbers if numbers.isna().any() else numbers.astype("int64")


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text, errors="coerce").astype(float)


def _date(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce", exact=True)


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
        known = pd.read_csv(other, dtype=str, keep_default_na=False)
        unknown = typed[field].notna() & ~typed[field].isin(known[_one(reference["fields"])])
        if unknown.any():
            at = int(unknown.idxmax())
            rule = f"{field} is “{typed[field][at]}”, which data/{other.name} does not know"
            raise _broken(described, at, rule)


def _one(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else fields[0]
