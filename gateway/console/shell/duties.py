"""Who may open which page of the console, by the name of a power."""

from __future__ import annotations

from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power


def may(actor: Actor, needs: str) -> bool:
    """Whether somebody has the power of that name."""
    return actor.may(Power(needs))


def must_have(actor: Actor, needs: str) -> None:
    """Raises Refused (AUTH-005) for who has not that power."""
    must_may(actor, Power(needs))
