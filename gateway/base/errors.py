"""What the command line tells a person."""

from __future__ import annotations

from schemas.findings import Text


class UserError(Exception):
    """Something the person at the terminal can put right; the message says what and how."""


def both(text: Text) -> str:
    """A text as the terminal shows it: Chinese first, once when the two are alike."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"
