"""Whose a model is, asked once for each kind of name instead of once for each of millions.

The rules are those of `labs.Registry`, which looks at nothing of a name but the organisation, where
it is known, and the words that families are named by. What is left of a name when all else becomes
one placeholder is its signature, and of signatures there are only some thousands.
"""

from __future__ import annotations

import re
from itertools import chain

import ibis
import pyarrow as pa
from ibis.expr.types import StringValue

from openrace import labs, store
from openrace.errors import Refusal
from openrace.labs import NOBODY, Origin, Registry

#: Stands for words that say nothing; a letter, so that it keeps their neighbours apart.
_BLANK = "ø"
COLUMNS = ("country", "lab", "family")


class Homes:
    """What is known of organisations and families, ready to read names by."""

    def __init__(self) -> None:
        """Load the tables of labs, families and countries.

        Raises:
            Refusal: a table breaks a rule, or a family's key holds a number of several digits.
        """
        organisations, families, countries = map(store.load, ("labs", "families", "countries"))
        self._registry = Registry(organisations, families, countries, parents={})
        known = organisations["organisation"].str.lower()
        self._organisations = sorted(known)
        self._renamed = {o: now for o in known if (now := self._registry.present(o)) != o}
        keys = [labs.tokens(key) for key in families["key"]]
        self._words = {*chain(*keys), *labs.DISTILLED}
        self._telling = {max(key, key=len) for key in keys}  # a name without any names no family
        if any(len(word) > 1 for word in self._words if word.isdigit()):
            raise Refusal("data/families.csv has a key with a number of several digits: spell it.")

    def key(self, id: StringValue) -> StringValue:
        """Return an id in lower case, under the organisation's present name."""
        key = id.lower()
        for old, new in self._renamed.items():
            key = key.re_replace(f"^{re.escape(old)}/", f"{new}/")
        return key

    def maker(self, key: StringValue) -> StringValue:
        """Return the organisation of a key if it is known, else a blank; null for null."""
        organisation = key.re_replace("/.*", "")
        return ibis.ifelse(organisation.isin(self._organisations), organisation, _BLANK)

    def words(self, key: StringValue) -> StringValue:
        """Return what of a key's name the rules look at; null for null.

        No pattern refers back to a group and none looks around: engines differ in that.
        """
        name = key.re_replace("^.*/", "").re_replace(labs.TOOLS.pattern, " ")
        named = name.re_search("|".join(sorted(self._telling)))
        words = self._spaced(name).split(" ").filter(lambda word: word != "")
        kept = words.map(lambda word: ibis.ifelse(word.isin(sorted(self._words)), word, _BLANK))
        short = kept.join(" ").re_replace(f"{_BLANK}( {_BLANK})+", _BLANK)
        return ibis.cases((named.isnull(), ibis.null("string")), (named, short), else_=_BLANK)

    def _spaced(self, name: StringValue) -> StringValue:
        """Set words and numbers apart by spaces, as `labs.tokens` does."""
        digits = sorted(word for word in self._words if word.isdigit())
        others = "".join(set("0123456789") - set(digits))
        spaced = name.re_replace(f"[0-9][0-9]+|[{others}]", f" {_BLANK} ")
        for digit in digits:
            spaced = spaced.replace(digit, f" {digit} ")
        return spaced.re_replace(f"[^a-z0-9{_BLANK}]+", " ")

    def of(self, names: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Say whose the models of some names are.

        Args:
            names: maker and words, each pair once.

        Returns:
            The names with the code of the `publisher` and of the home of the `weights`, as the
            name tells it without a base model; and the homes: code, country, lab, family. Code 0
            is unknown.
        """
        codes: dict[tuple[str, ...], int] = {_named(NOBODY): 0}
        ids = [f"{name['maker']}/{name['words']}" for name in names.to_pylist()]
        ways = {"publisher": self._registry.publisher, "weights": self._registry.lineage}
        for way, asked in ways.items():
            found = [codes.setdefault(_named(asked(id)), len(codes)) for id in ids]
            names = names.append_column(way, pa.array(found, pa.int64()))
        homes = [
            dict(zip(("code", *COLUMNS), (n, *home), strict=True)) for home, n in codes.items()
        ]
        return names, pa.Table.from_pylist(homes)


def _named(origin: Origin) -> tuple[str, ...]:
    return tuple(getattr(origin, column) for column in COLUMNS)
