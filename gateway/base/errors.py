"""What the command line tells a person."""

from __future__ import annotations


class UserError(Exception):
    """Something the person at the terminal can put right; the message says what and how."""
