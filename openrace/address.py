"""Where things of the book lie: the site's address, and places within the site."""

from __future__ import annotations

import os
import re

from openrace import package
from openrace.errors import Refusal

VARIABLE = "OPENRACE_ADDRESS"
_WEB = re.compile(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?")


def site() -> str:
    """Return the address of the published book, with a slash at its end.

    That of OPENRACE_ADDRESS, which whoever publishes sets, or else `html_baseurl` of the book.

    Raises:
        Refusal: it is no plain address on the web.
    """
    given = os.environ.get(VARIABLE) or _configured()
    if not _WEB.fullmatch(given):
        raise Refusal(f"{VARIABLE} is “{given}”, but must be an address like https://example.org/.")
    return f"{given.rstrip('/')}/"


def _configured() -> str:
    import yaml

    config = yaml.safe_load((package.PROJECT / "_config.yml").read_text(encoding="utf-8"))
    address: str = config["sphinx"]["config"]["html_baseurl"]
    return address


def figure(id: str) -> str:
    """Return where a figure's page lies within the site."""
    return f"figures/{id}/"


def number(id: str) -> str:
    """Return where a number's page lies within the site."""
    return f"numbers/{id}/"


def claim(id: str) -> str:
    """Return where a claim and its verdict lie within the site."""
    return f"chapters/claims.html#claim-{id}"


def edition(day: str) -> str:
    """Return where an edition, named by its data date, lies within the site."""
    return f"editions/{day}/"
