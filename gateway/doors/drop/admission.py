"""Who may drop files: partners' credentials that belong to a connector whose SFTP door stands open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from adapters.connector import Connector
from gateway.access.accounts import Principal, Role
from gateway.doors.drop.files import Files
from gateway.doors.drop.places import MARKER, Layout, Place
from gateway.wiring.services import Services

DOOR = "sftp"
_MIB = 1 << 20
_log = structlog.get_logger()


class Completion(StrEnum):
    """How a partner says that a file is complete."""

    RENAME = "rename"
    MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class Account:
    """One credential with its files. A connection holds it no longer than the credential is good."""

    principal: Principal
    connector: Connector
    completion: Completion
    files: Files

    def may_hold(self, place: Place) -> bool:
        """Whether a client may write a file of this name here."""
        in_parts = self.completion is Completion.MANIFEST or self.files.layout.is_partial(place.name)
        return place.folder in self.files.layout.inboxes and in_parts

    def complete(self, folder: str) -> list[Place]:
        """The complete files of an inbox, oldest first. What is still written or already taken is not among them."""
        listed = dict(self.files.listing(folder))
        found = [
            (attributes.st_mtime_ns, Place(folder, name))
            for name, attributes in listed.items()
            if not self.files.layout.is_partial(name) and self._is_announced(name, listed)
        ]
        return [place for _, place in sorted(found, key=lambda each: each[0]) if not self._is_busy(place)]

    def _is_announced(self, name: str, listed: Mapping[str, os.stat_result]) -> bool:
        """A marker counts when it is the younger of the two: one from before the file's last change says nothing."""
        if self.completion is Completion.RENAME:
            return True
        marker = listed.get(name + MARKER)
        return not name.endswith(MARKER) and marker is not None and marker.st_ctime_ns >= listed[name].st_ctime_ns

    def _is_busy(self, place: Place) -> bool:
        return self.files.is_busy(place) or self.files.is_busy(place.marker)


class Doorman:
    """Finds accounts; the files of a credential are one object, whoever asks."""

    def __init__(self, services: Services, folder: Path) -> None:
        self._services = services
        self._folder = folder
        self._files: dict[str, Files] = {}

    async def account(self, credential_id: str) -> Account | None:
        """The account of a credential, or None when it has no business here."""
        principal = await self._services.accounts.principal(credential_id)
        return None if principal is None else self._account(principal)

    async def everyone(self) -> list[Account]:
        """The accounts of all connectors whose door stands open."""
        connectors = [connector for connector in self._services.connectors.values() if DOOR in connector.doors]
        bound = [each for known in connectors for each in await self._services.accounts.bound_to(known.id)]
        return [account for principal in bound if (account := self._account(principal))]

    def _account(self, principal: Principal) -> Account | None:
        connector = self._services.connectors.get(principal.connector or "")
        if connector is None or DOOR not in connector.doors or principal.role is not Role.PARTNER:
            return None
        completion = Completion(connector.doors[DOOR].get("complete", Completion.RENAME))
        try:
            return Account(principal, connector, completion, self._files_of(principal, connector))
        except OSError as error:  # folders that are not as they must be close one account, not all
            _log.error("sftp.account", exc_info=error)
            return None

    def _files_of(self, principal: Principal, connector: Connector) -> Files:
        files = self._files.get(principal.credential_id)
        if files is None:
            settings = self._services.settings.sftp
            quota = int(connector.doors[DOOR].get("quota_mb", settings.quota_mb)) * _MIB
            layout = Layout(tuple(connector.routes), settings.longest_name, tuple(settings.partial))
            files = Files(self._folder / principal.credential_id, layout, quota)
            files.make()
            self._files[principal.credential_id] = files
        return files
