"""Chromium, which prints a page: found on this computer, run apart and without network."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from openrace.errors import Refusal

VARIABLE = "OPENRACE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 600  # seconds
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)


def find() -> str:
    """Return where Chromium or Chrome lies: what OPENRACE_CHROMIUM says, or by its usual names.

    Raises:
        Refusal: there is none.
    """
    given = os.environ.get(VARIABLE)
    for name in [given] if given else NAMES:
        if found := shutil.which(name):
            return found
    if given:
        raise Refusal(f"{VARIABLE} is “{given}”, but no such program can be run.")
    raise Refusal(
        "PDFs are printed by Chromium, which is missing: install it, on Debian with “apt-get "
        f"install chromium”, or say in {VARIABLE} where Chromium or Chrome lies."
    )


def print_pdf(chromium: str, page: Path, pdf: Path) -> None:
    """Print an HTML file, with the profile of nobody.

    Args:
        chromium: the browser.
        page: the HTML file.
        pdf: where to write.

    Raises:
        Refusal: it wrote nothing, or not in time.
    """
    # the superuser, as in a container, has no sandbox; the page runs no script
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    with TemporaryDirectory(dir=page.parent, ignore_cleanup_errors=True) as profile:
        own = [f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", page.as_uri()]
        try:
            told = subprocess.run(
                [chromium, *_FLAGS, *alone, *own], capture_output=True, text=True, timeout=_PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise Refusal(
                f"Chromium has not printed {pdf.name} within {_PATIENCE // 60} minutes."
            ) from None
    if told.returncode or not pdf.exists():
        why = (told.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise Refusal(f"Chromium could not print {pdf.name}: {why}.")
