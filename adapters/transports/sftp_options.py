"""Where a partner's documents are fetched over SFTP: the `source:` section of a connector, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_SSH_PORT = 22
PARTIAL = (".part", ".filepart", ".tmp", ".temp", ".partial", ".crdownload")
"""How WinSCP, FileZilla and others end the name of a file that they still write; they rename it when it is whole."""


def is_partial(name: str, suffixes: Sequence[str]) -> bool:
    """Whether a file of this name is still being written, by its name alone."""
    return name.lower().endswith(tuple(suffixes))


class Marker(StrEnum):
    """Where the marker of `export.csv` lies: nowhere, at `export.csv.ok`, or at `export.ok`."""

    NONE = "none"
    SUFFIX = "suffix"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class SftpOptions:
    """One folder on one server. `host_keys` are pinned, as in `ssh-ed25519 AAAA...`; secrets are given, not named.

    Files whose names end with one of `partial` are left alone until they are renamed.
    """

    host: str
    username: str
    host_keys: tuple[str, ...]
    folder: str
    port: int = _SSH_PORT
    password: str | None = None
    key_file: str | None = None
    pattern: str = "*"
    marker: Marker = Marker.NONE
    marker_suffix: str = ".ok"
    settle_seconds: float = 30.0
    partial: tuple[str, ...] = PARTIAL


def options_of(source: Mapping[str, Any], secret: Callable[[str], str | None]) -> SftpOptions:
    """Options from the `source:` section of a connector; `secret` looks references up."""

    def resolved(written: str) -> str:
        return (secret(written) or "") if written.startswith("env:") else written

    key = source.get("key")
    return SftpOptions(
        host=resolved(source["host"]),
        port=int(resolved(source.get("port", str(_SSH_PORT)))),
        username=source["username"],
        password=secret(source["password"]) if "password" in source else None,
        key_file=key.removeprefix("file:") if key is not None else None,
        host_keys=tuple(map(resolved, source["host_keys"])),
        folder=source["folder"],
        pattern=source.get("pattern", "*"),
        marker=Marker(source.get("marker", Marker.NONE)),
        marker_suffix=source.get("marker_suffix", ".ok"),
        settle_seconds=float(source.get("settle_seconds", 30)),
        partial=tuple(suffix.lower() for suffix in source.get("partial", PARTIAL)),
    )
