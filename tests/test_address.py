from __future__ import annotations

import pytest
import yaml
from specimen import PROJECT

from openrace import address
from openrace.errors import Refusal


@pytest.mark.parametrize("given", ["https://a.example/race", "https://a.example/race/"])
def test_the_address_is_the_one_that_whoever_publishes_sets(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(address.VARIABLE, given)
    assert address.site() == "https://a.example/race/"


@pytest.mark.parametrize("given", [None, ""])
def test_else_it_is_the_reserved_name_of_the_configuration(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(address.VARIABLE, given)
    config = yaml.safe_load((PROJECT / "_config.yml").read_text(encoding="utf-8"))
    assert address.site() == config["sphinx"]["config"]["html_baseurl"]
    assert address.site().endswith(".example/")


@pytest.mark.parametrize(
    "given",
    [
        "a.example",
        "file:///a",
        "javascript:alert(1)",
        'https://a"onload=',
        "https://a/{}",
        "https://a b",
    ],
)
def test_what_is_no_plain_address_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address.VARIABLE, given)
    with pytest.raises(Refusal, match=r"OPENRACE_ADDRESS is “.*”, but must be an address like"):
        address.site()


def test_places_lie_within_the_site() -> None:
    assert address.figure("one-line") == "figures/one-line/"
    assert address.number("one.gain") == "numbers/one.gain/"
    assert address.claim("one") == "chapters/claims.html#claim-one"
    assert address.edition("2026-08-22") + address.figure("a") == "editions/2026-08-22/figures/a/"


def test_the_published_site_knows_its_own_address() -> None:
    publish = yaml.safe_load((PROJECT / ".github" / "workflows" / "publish.yml").read_text())
    steps = publish["jobs"]["publish"]["steps"]
    (pages,) = [s for s in steps if s.get("uses", "").startswith("actions/configure-pages@")]
    (book,) = [s for s in steps if s.get("run") == "make book"]
    assert steps.index(pages) < steps.index(book)
    assert book["env"][address.VARIABLE] == f"${{{{ steps.{pages['id']}.outputs.base_url }}}}"
