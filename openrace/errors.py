"""The one kind of error a person is meant to read: a sentence that says what to do."""

from __future__ import annotations


class Refusal(Exception):
    """Something was asked for, or lies in a table, that the project refuses to work with.

    Its message is one sentence for a person; notebooks print that sentence and no traceback.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"Refused: {self}"]
