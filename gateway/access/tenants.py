"""A partner as the parts of the service hand it to each other."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.trust.sealing import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The partner a credential belongs to. `division` is its GB/T 2260 code."""

    id: int
    name: str
    title: str
    uscc: str
    division: str
    seal: Seal
