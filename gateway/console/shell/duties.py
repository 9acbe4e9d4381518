"""Who may open which page of the console. One function decides, so that it is in one place when persons come."""

from __future__ import annotations

from gateway.access.accounts import Actor, Principal
from gateway.access.rows import Role
from gateway.base import problems
from gateway.base.problems import Refused

_OF_OPERATORS = frozenset(
    {"operate", "template.edit", "connector.edit", "account.manage", "key.manage", "reveal", "partner.manage"}
)
"""What the technical team alone does."""


def may(actor: Actor, needs: str) -> bool:
    """Whether somebody has the permission of that name: the technical team has all, an authority those of its duties,
    a partner those that only read (what it reads is its own, whatever it opens).
    """
    if isinstance(actor, Principal) and actor.role is Role.OPERATOR:
        return True
    if needs in _OF_OPERATORS:
        return False
    return actor.decides or needs.endswith(".read")


def must_have(actor: Actor, needs: str) -> None:
    """Raises Refused (AUTH-005) for who has not that permission."""
    if not may(actor, needs):
        raise Refused(problems.FORBIDDEN)
