"""How often articles of the English Wikipedia are opened, by day, as Wikimedia counts it.

Wikimedia leaves a day out when it has no count of it, whether nobody read or nobody counted; such
days stay out. It counts an article under its title alone: redirects and sister articles have their
own views.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

import httpx2
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from openrace.errors import Refusal
from openrace.sources import asking
from openrace.sources.source import Found, Source, Visit

#: The article studied, and three to hold it against: closed US, open US and open Chinese models.
ARTICLES = ("DeepSeek", "ChatGPT", "Llama (language model)", "Qwen")
FIRST = date(2024, 12, 1)
#: Days that are asked again, because Wikimedia mends its last counts.
AGAIN = timedelta(days=14)
TABLE = "attention_daily"
_COLUMNS = ("observed", "date", "article", "views")
_PATH = "/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user"
_DAY = timedelta(days=1)
_STRICT = ConfigDict(strict=True, extra="allow")


def _a_day(timestamp: str) -> str:
    datetime.strptime(timestamp, "%Y%m%d00")
    return timestamp


class Count(BaseModel):
    """The views of an article on a day."""

    model_config = _STRICT
    project: Literal["en.wikipedia"]
    article: str
    granularity: Literal["daily"]
    timestamp: Annotated[str, Field(pattern=r"^20\d{8}$"), AfterValidator(_a_day)]
    access: Literal["all-access"]
    agent: Literal["user"]
    views: Annotated[int, Field(ge=0, le=2**53)]


class Answer(BaseModel):
    """What Wikimedia answers of one article."""

    model_config = _STRICT
    items: list[Count]


class NoViews(BaseModel):
    """What Wikimedia answers with 404 when it has no view of an article; its type has varied."""

    detail: Annotated[str, Field(pattern=r"^The date\(s\) you used are valid, but ")]


_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def ask(visit: Visit) -> Found:
    """Ask for the views of each article since shortly before the last day known.

    Raises:
        Refusal: an answer is of another shape, of another article or of days that were not asked
            for, or no article has any views.
    """
    last = min(visit.until, visit.day - _DAY)  # the day of the visit is not over
    if last < FIRST:
        raise Refusal(f"Page views are asked for from {FIRST} on, which is not over by {last}.")
    known = visit.table(TABLE)
    parts, notes = [], []
    for title in ARTICLES:
        first = _first(known.loc[known["article"] == title, "date"], last)
        answer = _answer(visit, title, first, last)
        parts.append(_days(answer.items, title, first, last))
        notes += _notes(answer, title, first, last)
        visit.told(title)
    rows = pd.concat(parts, ignore_index=True).assign(observed=pd.Timestamp(visit.day))
    if rows.empty:
        raise Refusal(f"Wikimedia has no views of any of {len(ARTICLES)} articles up to {last}.")
    return Found({TABLE: rows[list(_COLUMNS)]}, asked=len(rows), notes=list(dict.fromkeys(notes)))


def _first(known: pd.Series, last: date) -> date:
    return min(last, max(FIRST, known.max().date() - AGAIN)) if len(known) else FIRST


def _answer(visit: Visit, title: str, first: date, last: date) -> Answer:
    """Ask for one article from its first to its last day."""
    article, days = title.replace(" ", "_"), f"{first:%Y%m%d}00/{last:%Y%m%d}00"
    url = f"{visit.address}{_PATH}/{quote(article, safe='')}/daily/{days}"
    try:
        answer = asking.json(visit.client, url, _ANSWER)
    except Refusal:
        if _no_views(visit.client.get(url)):
            return Answer(items=[])
        raise
    for other in {count.article for count in answer.items} - {article}:
        raise Refusal(f"Wikimedia was asked for “{title}” and answered of “{other}”.")
    return answer


def _days(counts: list[Count], title: str, first: date, last: date) -> pd.DataFrame:
    """Return the views by day, and refuse a day that is there twice or was not asked for."""
    rows = [(count.timestamp, count.views) for count in counts]
    table = pd.DataFrame(rows, columns=["date", "views"]).drop_duplicates()
    table["date"] = pd.to_datetime(table["date"], format="%Y%m%d00")
    twice = table["date"].duplicated()
    outside = ~table["date"].between(pd.Timestamp(first), pd.Timestamp(last))
    for day in table.loc[twice, "date"]:
        raise Refusal(f"Wikimedia has two counts of “{title}” for {day:%Y-%m-%d}.")
    for day in table.loc[outside, "date"]:
        raise Refusal(f"Wikimedia has “{title}” on {day:%Y-%m-%d}, which was not asked for.")
    return table.astype({"views": "int64"}).assign(article=title)


def _notes(answer: Answer, title: str, first: date, last: date) -> list[str]:
    """Say what is new in an answer, and which days it lacks."""
    parts: list[BaseModel] = [answer, *answer.items]
    added = sorted({name for part in parts for name in part.model_extra or {}})
    asked = (last - first).days + 1
    lacking = asked - len({count.timestamp for count in answer.items})
    notes = [f"Wikimedia has a new field “{name}”." for name in added]
    if lacking:
        notes.append(f"Of “{title}” there are no views on {lacking} of {asked} days to {last}.")
    return notes


def _no_views(answer: httpx2.Response) -> bool:
    """Tell whether an answer is Wikimedia's own word that there are no views."""
    try:
        return answer.status_code == 404 and bool(NoViews.model_validate_json(answer.content))
    except ValidationError:
        return False


SOURCE = Source(
    name="wikipedia",
    title="Wikipedia page views",
    variable="OPENRACE_WIKIPEDIA_URL",
    address="https://wikimedia.org",
    ask=ask,
    has_past=True,
    pace=0.1,
)
