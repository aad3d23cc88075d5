"""The one way to the network: a client that is patient, and strict ways to read what it gets."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import metadata
from typing import Any, TypeVar

import httpx2
import pandas as pd
import pydantic
from huggingface_hub import HfApi, constants, hf_hub_url, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import _http

from openrace.errors import Refusal
from openrace.sources import reading
from openrace.sources.raw import Raw, Replay
from openrace.sources.reading import misfit, shown
from openrace.sources.source import Visit
from openrace.sources.transport import Patient

__all__ = ("agent", "csv", "get", "hub", "hub_file", "json", "misfit", "opened", "replayed")

T = TypeVar("T")
_HINTS = {401: "it wants a key", 403: "it refuses us", 404: "it is not there"}
# huggingface_hub has one way to the network in a process.
_LENDING = threading.RLock()
Parameters = Mapping[str, str | int | Sequence[str]]
Headers = Mapping[str, str]


def opened(deadline: float, pace: float = 0.0, raw: Raw | None = None) -> httpx2.Client:
    """Open a client for one visit; its clock starts now.

    It waits when a host asks for it or fails for a moment, and refuses in a sentence when the
    deadline would not hold, so no request needs a timeout of its own.

    Args:
        deadline: seconds for the whole visit, waiting included.
        pace: least seconds between two requests.
        raw: keeps the final answers.
    """
    return _client(Patient(deadline, pace, raw))


def replayed(kept: Replay) -> httpx2.Client:
    """Return a client that answers from a kept visit, without a network."""
    return _client(kept)


def _client(transport: httpx2.BaseTransport) -> httpx2.Client:
    headers = {"User-Agent": agent(), "Accept-Encoding": "gzip"}
    return httpx2.Client(transport=transport, headers=headers, follow_redirects=True)


def agent() -> str:
    """Return what we call ourselves: hosts want to know whom to write to.

    The contact is OPENRACE_CONTACT, an e-mail or web address, or else the project's own address.

    Raises:
        Refusal: OPENRACE_CONTACT cannot stand in a header.
    """
    about = metadata("openrace")
    addresses = [a.split(", ")[-1] for a in about.get_all("Project-URL") or []]
    contact = os.environ.get("OPENRACE_CONTACT") or "; ".join(addresses[:1])
    if not re.fullmatch(r"[!-~ ]*", contact):
        raise Refusal("OPENRACE_CONTACT must be an e-mail or web address in plain letters.")
    return f"The-Open-Race/{about['Version']}" + (f" (+{contact})" if contact else "")


def get(
    client: httpx2.Client,
    url: str,
    params: Parameters | None = None,
    headers: Headers | None = None,
) -> httpx2.Response:
    """Ask, and return the answer.

    Raises:
        Refusal: the status is not 200, or there was no answer in time.
    """
    try:
        answer = client.get(url, params=params, headers=headers)
    except httpx2.TooManyRedirects as error:
        raise Refusal(_endless(error)) from None
    except (httpx2.InvalidURL, UnicodeEncodeError):  # whose own words may hold a key
        named = shown(url.rsplit("@")[-1])
        raise Refusal(f"{named} or its key is not written as it should be.") from None
    if answer.status_code != 200:
        raise Refusal(_status(answer))
    return answer


def json(
    client: httpx2.Client,
    url: str,
    shape: pydantic.TypeAdapter[T],
    params: Parameters | None = None,
    headers: Headers | None = None,
    who: str = "",
) -> T:
    """Ask for JSON of a shape, and return it read.

    Args:
        client: of `opened`.
        url: what is asked.
        shape: what must come, strict by itself.
        params: of the address.
        headers: more of them.
        who: what to call the source in a refusal; the host unless given.

    Raises:
        Refusal: as `get`; or it is not JSON, holds NaN or an infinite number, or has another
            shape: the sentence names the field and the id of the entry.
    """
    answer = get(client, url, params, headers)
    who = who or answer.url.host
    content = reading.parsed(answer, who)
    try:
        return shape.validate_json(answer.content)
    except pydantic.ValidationError as error:
        raise Refusal(misfit(who, error, content)) from None


def csv(client: httpx2.Client, url: str, columns: Sequence[str]) -> pd.DataFrame:
    """Ask for a CSV file, and return it as text, empty fields as empty text.

    Args:
        client: of `opened`.
        url: what is asked.
        columns: those that must be there; others may be, and are listed in `.attrs["added"]`.

    Raises:
        Refusal: as `get`; or it is not CSV in UTF-8, lacks a column, has one twice, has no rows,
            or has a row of another length.
    """
    return reading.table(get(client, url), columns)


@contextmanager
def hub(visit: Visit) -> Iterator[HfApi]:
    """Yield a Hub API whose requests, without any token, go over the visit's client.

    huggingface_hub has its own way back afterwards. What it raises and nobody catches becomes a
    refusal.

    Raises:
        Refusal: HF_HUB_OFFLINE is set; or as `get` and `json`.
    """
    _check_online()
    with _LENDING:
        own = _http._GLOBAL_CLIENT_FACTORY
        set_client_factory(lambda: _client(_Lent(visit.client)))
        try:
            name, version = "The-Open-Race", metadata("openrace")["Version"]
            yield HfApi(visit.address, token=False, library_name=name, library_version=version)
        except HfHubHTTPError as error:
            raise Refusal(_status(error.response)) from None
        except httpx2.TooManyRedirects as error:
            raise Refusal(_endless(error)) from None
        finally:
            set_client_factory(own)  # closes the client that was lent


def hub_file(visit: Visit, repo: str, path: str) -> bytes:
    """Return a file of a Hub dataset, as it is on `main`.

    It comes by plain HTTP, over the visit's client, where hf_hub_download would go round it by
    Xet; a large file is proved by the hash that the Hub announces.

    Args:
        visit: its address is the Hub's.
        repo: the dataset, `owner/name`.
        path: of the file in the dataset.

    Raises:
        Refusal: as `get`; or the file is not what was announced.
    """
    _check_online()
    url = hf_hub_url(repo, path, repo_type="dataset", endpoint=visit.address)
    answer = get(visit.client, url)
    announced = [a.headers.get("x-linked-etag", "").strip('"') for a in (*answer.history, answer)]
    hashes = {name for name in announced if re.fullmatch("[0-9a-f]{64}", name)}
    if hashes - {hashlib.sha256(answer.content).hexdigest()}:
        raise Refusal(f"{path} of {repo} is not the file that {visit.address} announces.")
    return answer.content


class _Lent(httpx2.BaseTransport):
    """A client lent to huggingface_hub, which may close what it has."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        host, path = request.url.host, request.url.path
        if path == "/api/agent-harnesses":  # it would tell the Hub which program runs us
            return httpx2.Response(404, request=request)
        if "range" in request.headers:  # a part of a packed file could not be unpacked
            request.headers["accept-encoding"] = "identity"
        answer = self._client.send(request, follow_redirects=False)
        if path.startswith("/api/") and answer.status_code == 200:
            content = reading.parsed(answer, host)
            if path == "/api/models" and not _is_list_of_objects(content):
                raise Refusal(f"{host} answered something that is no list of models.")
        return answer


def _check_online() -> None:
    if constants.is_offline_mode():
        raise Refusal("HF_HUB_OFFLINE is set: unset it to ask the Hugging Face Hub.")


def _is_list_of_objects(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(entry, dict) for entry in content)


def _status(answer: httpx2.Response) -> str:
    hint = _HINTS.get(answer.status_code)
    what = f"{answer.url.host} answered {answer.status_code} for {shown(answer.url.path)}"
    return f"{what}: {hint}." if hint else f"{what}."


def _endless(error: httpx2.TooManyRedirects) -> str:
    return f"{error.request.url.host} leads from address to address without an end."
