"""The live sources, in the order in which a refresh asks them."""

from __future__ import annotations

from openrace.sources import (
    arena,
    atom,
    epoch,
    hub,
    litellm,
    models_dev,
    openrouter,
    panel,
    sec,
    wikipedia,
)
from openrace.sources.source import Source

SOURCES: tuple[Source, ...] = (
    hub.SOURCE,
    panel.SOURCE,
    arena.SOURCE,
    epoch.SOURCE,
    models_dev.SOURCE,
    litellm.SOURCE,
    openrouter.MODELS,
    openrouter.DAYS,
    sec.SOURCE,
    atom.SOURCE,
    wikipedia.SOURCE,
)
