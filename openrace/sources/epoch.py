"""The Epoch Capabilities Index, from the archive of benchmark data that Epoch AI publishes.

Epoch fits one scale to many benchmarks and gives each model name one score. Scores move with every
fit, so the table keeps whole copies. What an archive says of a model is kept, mistakes included;
`data/corrections.csv` mends them.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib

import pandas as pd

from openrace.errors import Refusal
from openrace.sources import asking
from openrace.sources.listed_names import check_names, check_same, labs_of
from openrace.sources.source import Found, Source, Visit

PATH = "/benchmark_data.zip"
MEMBER = "epoch_capabilities_index.csv"
#: The member is a list of some hundred models; an archive that unpacks to more is not read.
MOST_BYTES = 20_000_000
#: Fewer scored rows than this are no copy of the index: it had 282 in January 2026.
LEAST_ROWS = 150
COLUMNS = (
    "Model version",
    "ECI Score",
    "Release date",
    "Organization",
    "Country",
    "Model accessibility",
    "Model name",
)
#: Columns that are known and not read.
OTHERS = ("Training compute (FLOP)", "Confidence", "Description", "Display name")
ACCESS = {
    "API access": "closed",
    "Hosted access (no API)": "closed",
    "Open weights (non-commercial)": "open",
    "Open weights (restricted use)": "open",
    "Open weights (unrestricted)": "open",
    "Unreleased": "unreleased",
    "": None,
}
#: Countries that Epoch writes otherwise than the table of countries.
COUNTRIES = {
    "Korea (Republic of)": "KR",
    "Russian Federation": "RU",
    "Turkey": "TR",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "United States of America": "US",
}
#: Among several organisations one that is not named first, and homes that are not the first named.
LED_BY = {"BigCode": "BigCode"}
HOMES = {"BigCode": "unknown", "Google": "US"}
_WHO = "Epoch's index"


def unpacked(archive: bytes) -> bytes:
    """Return the index out of the archive.

    Raises:
        Refusal: no archive, not exactly one such member, or one that unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            names = [n for n in files.namelist() if n.rpartition("/")[2] == MEMBER]
            if len(names) != 1:
                raise Refusal(f"Epoch's archive holds {len(names)} files {MEMBER}, and not one.")
            with files.open(names[0]) as member:
                content = member.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        raise Refusal(f"Epoch sent no whole zip archive from {PATH}.") from None
    if len(content) > MOST_BYTES:
        raise Refusal(f"Epoch's {MEMBER} unpacks to more than {MOST_BYTES:,} bytes: not read.")
    return content


def listed(content: bytes) -> pd.DataFrame:
    """Return the index as text, its columns checked; `attrs["added"]` names new ones.

    Raises:
        Refusal: not CSV, or a column is missing.
    """
    try:
        text = io.StringIO(content.decode("utf-8-sig"), newline="")
        head, *lines = [line for line in csv.reader(text, strict=True) if line] or [[]]
    except (csv.Error, UnicodeDecodeError):
        raise Refusal(f"Epoch's {MEMBER} cannot be read as CSV in UTF-8.") from None
    if any(len(line) != len(head) for line in lines) or len(set(head)) < len(head):
        raise Refusal(f"Epoch's {MEMBER} has a row of another length, or a column twice.")
    table = pd.DataFrame(lines, columns=head, dtype="str")
    if missing := [c for c in COLUMNS if c not in table]:
        raise Refusal(f"Epoch's {MEMBER} has no field “{missing[0]}” any more.")
    table.attrs["added"] = [c for c in table if c not in COLUMNS + OTHERS]
    return table


def capability_index(
    table: pd.DataFrame, day: pd.Timestamp, labs: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return the scored rows as a copy of the index.

    Args:
        table: what `listed` returns.
        day: of the copy.
        labs: table of that name; an organisation that it lacks keeps Epoch's name.
        countries: table of that name; a country that it lacks is unknown.

    Returns:
        The columns of the table `capability_index`, by version.

    Raises:
        Refusal: a field is not what it must be, a version is there twice and differs, or there
            are too few scores.
    """
    rows = check_same(table[list(COLUMNS)], ["Model version"], _WHO)
    rows = rows[rows["ECI Score"] != ""].sort_values("Model version", ignore_index=True)
    if len(rows) < LEAST_ROWS:
        raise Refusal(f"{_WHO} has {len(rows)} scores, too few to be a copy of it.")
    for field in ("Model version", "Model name", "Organization"):
        check_names(rows[field], _WHO, field)
    makers = _makers(rows, labs, countries)
    return pd.DataFrame(
        {
            "date": day,
            "version": rows["Model version"],
            "model": rows["Model name"],
            "score": _scores(rows),
            "released": _days(rows),
            "lab": makers["lab"],
            "country": makers["country"],
            "access": _known(rows, "Model accessibility", rows["Model accessibility"].isin(ACCESS))
            .map(ACCESS)
            .astype("str"),
        }
    )


def _known(rows: pd.DataFrame, field: str, fits: pd.Series) -> pd.Series:
    """Return a field whose values all fit; refuse the first that does not, with its version."""
    if not fits.all():
        wrong = rows[~fits].iloc[0]
        raise Refusal(
            f"{_WHO}: field “{field}” of {wrong['Model version']} is {wrong[field][:60]!r}, "
            "which is not known there."
        )
    return rows[field]


def _scores(rows: pd.DataFrame) -> pd.Series:
    written = rows["ECI Score"].str.fullmatch(r"\d{1,3}(\.\d{1,17})?")
    scores = pd.to_numeric(rows["ECI Score"].where(written)).astype(float)
    _known(rows, "ECI Score", scores.between(0, 300))
    return scores.round(4)


def _days(rows: pd.DataFrame) -> pd.Series:
    text = rows["Release date"]
    days = pd.to_datetime(text.where(text.str.len() == 10), format="%Y-%m-%d", errors="coerce")
    _known(rows, "Release date", days.notna() | (text == ""))
    return days


def _makers(rows: pd.DataFrame, labs: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return lab and country: of several the first, but for the exceptions above.

    Where Epoch names no country, that of the lab holds.
    """
    first = rows["Organization"].str.split(",").str[0].str.strip()
    for part, lab in LED_BY.items():
        first = first.mask(rows["Organization"].str.split(",").map(lambda o, p=part: p in o), lab)
    found = labs_of(first, labs)
    lab = found["lab"].fillna(first)
    codes = dict(zip(countries["name"], countries["country"], strict=True)) | COUNTRIES
    country = rows["Country"].str.split(",").str[0].str.strip().map(codes)
    country = country.mask(rows["Country"] == "", found["country"]).fillna("unknown")
    return pd.DataFrame({"lab": lab, "country": lab.map(HOMES).fillna(country)})


def _notes(table: pd.DataFrame, copy: pd.DataFrame) -> list[str]:
    notes = [f"Epoch has a new field “{name}”." for name in table.attrs["added"]]
    unscored = int((table["ECI Score"] == "").sum())
    if unscored:
        notes.append(f"{unscored} rows of Epoch's index have no score and are left out.")
    nowhere = sorted(set(copy.loc[copy["country"] == "unknown", "lab"]) - set(HOMES))
    if nowhere:
        notes.append(f"Labs of Epoch's index of unknown home: {', '.join(nowhere[:5])}.")
    return notes


def _ask(visit: Visit) -> Found:
    archive = asking.get(visit.client, visit.address + PATH).content
    table = listed(unpacked(archive))
    visit.told(MEMBER)
    day = pd.Timestamp(visit.day).as_unit("us")
    copy = capability_index(table, day, visit.table("labs"), visit.table("countries"))
    unscored = int((table["ECI Score"] == "").sum())
    return Found({"capability_index": copy}, len(table), unscored, _notes(table, copy))


SOURCE = Source(
    name="epoch",
    title="Epoch AI, Capabilities Index",
    variable="OPENRACE_EPOCH_URL",
    address="https://epoch.ai/data",
    ask=_ask,
)
