"""Who made a model: organisation, lab, country, family, lineage.

Two questions have two answers. *Publisher*: who uploaded the repository. *Lineage*: whose weights
it carries. A quantised Qwen uploaded by a US company is American by publisher and Chinese by
lineage. What is not known is `unknown`; nothing here guesses.

The rules of lineage, in order: follow the declared base model to its root (a merge counts for its
first parent); a maker's repository is the maker's own, unless its name carries another lab's
family; else the one family named in the repository. Names match by whole keys, never by parts of
words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import pandas as pd

from openrace.errors import Refusal

UNKNOWN = "unknown"

# Tools and formats named after a family, which say nothing about the weights.
TOOLS = re.compile(r"ik[-_.]llama|llama[-_. ]?(?:cpp|factory|index|format)")
DISTILLED = {"distil", "distill", "distilled", "distillation"}


@dataclass(frozen=True)
class Origin:
    """Where a model comes from, and what the answer rests on.

    Attributes:
        lab: display name of the lab.
        country: ISO 3166-1 alpha-2 code.
        bloc: China, United States, Europe, Other or Unknown.
        family: display name of the model family; `unknown` when the name carries none.
        basis: `publisher` (the organisation), `base_model` (a declared base model leads to a
            maker's repository), `name` (a family key in a name decided) or `unknown`.
    """

    lab: str = UNKNOWN
    country: str = UNKNOWN
    bloc: str = "Unknown"
    family: str = UNKNOWN
    basis: str = UNKNOWN


NOBODY = Origin()


@dataclass(frozen=True)
class _Mention:
    """A family named in a repository name, by a key whose tokens lie at [start, end)."""

    start: int
    end: int
    family: str
    lab: str
    country: str


def tokens(name: str) -> list[str]:
    """Split a repository name at separators and between letters and digits, in lower case.

    `Qwen3.8-27B` becomes `qwen 3 8 27 b`, so that the key `qwen` is a whole token of it and of
    no `qwenish` name.
    """
    return re.findall(r"[^\W\d_]+|\d+", TOOLS.sub(" ", name.lower()))


class Registry:
    """The labs, families and parents that are known, ready to be asked about a model.

    Args:
        labs: table `labs` (organisation, lab, country, role, renamed_to).
        families: table `families` (key, family, lab, country).
        countries: table `countries` (country, bloc).
        parents: first parent of a model, by model id; see `parents`.
    """

    def __init__(
        self,
        labs: pd.DataFrame,
        families: pd.DataFrame,
        countries: pd.DataFrame,
        parents: dict[str, str],
    ) -> None:
        """Index the tables; names of organisations and models match in any case, as on the Hub."""
        rows = labs.fillna("").to_dict("records")
        self._organisations: dict[str, Any] = {row["organisation"].lower(): row for row in rows}
        self._blocs = dict(zip(countries["country"], countries["bloc"], strict=True))
        self._keys = {tuple(tokens(row["key"])): row for row in families.to_dict("records")}
        self._longest = max(map(len, self._keys), default=0)
        self._parents = {
            self.present(child): self.present(parent) for child, parent in parents.items()
        }
        self.origin = cache(self._answer)  # a model stands in hundreds of rows of many tables

    def _answer(self, model_id: str, attribution: str) -> Origin:
        ways = {"publisher": self.publisher, "lineage": self.lineage}
        if attribution not in ways:
            raise Refusal(f"There is no attribution “{attribution}”; use publisher or lineage.")
        return ways[attribution](model_id)

    def publisher(self, model_id: str) -> Origin:
        """Return who uploaded a model; unknown when the organisation is not in the table."""
        row = self._organisations.get(self.present(model_id).partition("/")[0])
        if row is None:
            return NOBODY
        own = (m.family for m in self._mentions(model_id) if m.lab == row["lab"])
        return self._origin(row["lab"], row["country"], next(own, UNKNOWN), "publisher")

    def lineage(self, model_id: str) -> Origin:
        """Return whose weights a model carries: base models, then maker, then name, else unknown.

        Where the root of the declared chain cannot be attributed, the nearest descendant of it
        that can be is taken.
        """
        chain = list(self._chain(self.present(model_id)))
        for steps, ancestor in reversed(list(enumerate(chain))):
            origin = self._weights(ancestor)
            if origin != NOBODY:
                declared = steps > 0 and origin.basis == "publisher"
                return replace(origin, basis="base_model") if declared else origin
        return NOBODY

    def present(self, model_id: str) -> str:
        """Return a model's id in lower case, under the organisation's present name."""
        organisation, slash, name = model_id.lower().partition("/")
        seen: set[str] = set()
        while organisation not in seen:
            seen.add(organisation)
            known = self._organisations.get(organisation, {})
            organisation = known.get("renamed_to", "").lower() or organisation
        return f"{organisation}{slash}{name}"

    def _chain(self, model_id: str | None) -> Iterator[str]:
        """Yield the model, its parent, and so on to the root; a cycle ends where it closes."""
        seen: set[str] = set()
        while model_id and model_id not in seen:
            seen.add(model_id)
            yield model_id
            model_id = self._parents.get(model_id)

    def _weights(self, model_id: str) -> Origin:
        """Attribute one repository by its own maker and name, without its base models."""
        row = self._organisations.get(model_id.partition("/")[0], {})
        maker = row["lab"] if row.get("role") == "maker" else None
        foreign = [m for m in self._mentions(model_id) if m.lab != maker]
        if not foreign:
            return self.publisher(model_id) if maker else NOBODY
        body = _body(foreign, tokens(model_id.rpartition("/")[2]))
        return self._origin(body.lab, body.country, body.family, "name") if body else NOBODY

    def _mentions(self, model_id: str) -> list[_Mention]:
        """Find the families named in a repository's name, the longest key first."""
        words = tokens(model_id.rpartition("/")[2])
        found: list[_Mention] = []
        for start in range(len(words)):
            if found and start < found[-1].end:
                continue
            for end in range(min(start + self._longest, len(words)), start, -1):
                row = self._keys.get(tuple(words[start:end]))
                if row:
                    found.append(_Mention(start, end, row["family"], row["lab"], row["country"]))
                    break
        return found

    def _origin(self, lab: str, country: str, family: str, basis: str) -> Origin:
        return Origin(lab, country, self._blocs.get(country, "Unknown"), family, basis)


def _body(mentions: list[_Mention], words: list[str]) -> _Mention | None:
    """Return the family whose weights a name stands for, or None where several labs compete.

    One rule settles a competition: of a distillation the student counts, which is named after
    the word (`deepseek-r1-distill-qwen`) or, when nothing follows it, first
    (`qwen3-14b-deepseek-v3-distill`).
    """
    if len({m.lab for m in mentions}) == 1:
        return mentions[0]
    at = max((i for i, word in enumerate(words) if word in DISTILLED), default=None)
    if at is None:
        return None
    after = [m for m in mentions if m.start > at]
    if not after:
        return mentions[0]
    return after[0] if len({m.lab for m in after}) == 1 else None


def parents(*tables: pd.DataFrame) -> dict[str, str]:
    """Collect each model's first parent from tables with `model_id` and `base_model`.

    The latest observation (`date`) wins; a missing base model says nothing and erases nothing.
    """
    columns = ["date", "model_id", "base_model"]
    declared = pd.concat([pd.DataFrame(columns=columns), *(t[columns] for t in tables)])
    declared = declared[declared["base_model"].notna() & (declared["base_model"] != "")]
    declared = declared.assign(date=pd.to_datetime(declared["date"])).sort_values(
        "date", kind="stable"
    )
    last = declared.drop_duplicates("model_id", keep="last")
    return dict(zip(last["model_id"], last["base_model"], strict=True))


def attribute(rows: pd.DataFrame, registry: Registry, attribution: str) -> pd.DataFrame:
    """Add lab, country, bloc, family and basis to rows that have a `model_id`.

    Args:
        rows: any table with a column `model_id`; earlier answers in it are replaced.
        registry: who is known.
        attribution: `publisher` or `lineage`.

    Raises:
        Refusal: there is no such attribution.
    """
    columns = [f.name for f in fields(Origin)]
    models = rows["model_id"].dropna().unique()
    origins = [vars(registry.origin(model, attribution)) for model in models]
    answers = pd.DataFrame(origins, index=pd.Index(models, dtype="str"), columns=columns)
    joined = rows.drop(columns=columns, errors="ignore").join(answers.astype("str"), on="model_id")
    return joined.fillna(vars(NOBODY))
