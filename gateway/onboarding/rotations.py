"""A credential is replaced: the new one opens the same doors, and the old one for as long as a change-over takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.access.accounts import Accounts, Actor, Credential, must_may
from gateway.access.powers import Power
from gateway.access.rows import ListedCredential, Role
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.relay.targets import Targets
from gateway.store.database import Database

OVERLAP_DAYS = 7
MOST_OVERLAP_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A new credential, whose secret is seen this once, and until when the one before it is good."""

    credential: Credential
    replaced: ListedCredential
    until: datetime


class Rotations:
    """Replaces and ends credentials that are somebody's to manage."""

    def __init__(self, database: Database, accounts: Accounts, targets: Targets) -> None:
        self._database = database
        self._accounts = accounts
        self._targets = targets

    async def held(self, actor: Actor) -> list[ListedCredential]:
        """Those that somebody may manage: all in sight for whoever manages partners, else those of their own agency."""
        own = None if actor.may(Power.MANAGE_PARTNERS) else actor.account
        return await self._accounts.listed(actor.scope, own)

    async def find(self, actor: Actor, credential_id: str) -> ListedCredential:
        """One of them. Raises Refused (REQUEST-003)."""
        for row in await self.held(actor):
            if row.id == credential_id:
                return row
        raise Refused(problems.NOT_FOUND)

    async def rotate(self, actor: Actor, credential_id: str, days: int = OVERLAP_DAYS) -> Successor:
        """Replace a live credential; the one before it is good for `days` more, and its webhook targets go over.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001).
        """
        row = await self._theirs(actor, credential_id)
        until = Clock.now() + timedelta(days=days)
        async with self._database.writing() as connection:
            successor = await self._accounts.succeed(connection, actor, row.id, until)
            await self._targets.follow(connection, row.id, successor.id)
        self._accounts.forget(row.id)
        ends = until if row.expires_at is None else min(until, row.expires_at)
        return Successor(credential=successor, replaced=row, until=ends)

    async def revoke(self, actor: Actor, credential_id: str) -> None:
        """End a credential at once. Raises Refused (AUTH-005; REQUEST-003, also for one that was revoked before)."""
        row = await self._theirs(actor, credential_id)
        if not await self._accounts.revoke(row.id, actor):
            raise Refused(problems.NOT_FOUND)

    async def _theirs(self, actor: Actor, credential_id: str) -> ListedCredential:
        """One that somebody may replace or end: whoever gets a secret gets the powers of its role, so that those of
        authorities and operators are the installation's own to give. Raises Refused (AUTH-005, REQUEST-003).
        """
        row = await self.find(actor, credential_id)
        if row.role is not Role.PARTNER:
            must_may(actor, Power.INSTALL)
        return row
