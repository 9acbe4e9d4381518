"""Hanging up in the place of an answer: only whoever tries that out on purpose asks for it."""

from __future__ import annotations

from starlette.types import Scope

HANG_UP = "yizhan.hang_up"
"""The extension of the ASGI scope by which the server lets an application end a connection."""

LOSES_REPLY = "loses_reply"
"""In the state of a request whose answer is to be lost on its way."""


def hang_up(scope: Scope) -> None:
    """End the connection that a request came by, without an answer."""
    scope["extensions"][HANG_UP]["now"]()
