"""Where a caller comes from, as far as budgets are concerned."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that tell one customer from another (RFC 6177); the rest is theirs to choose."""


@lru_cache(maxsize=4096)
def origin(address: str) -> str:
    """What counts as one caller: an IPv4 address, the /64 of an IPv6 address, anything else as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _NETWORK_OF_ONE), strict=False))
