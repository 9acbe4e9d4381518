"""Where a delivery may go. A name is resolved once, judged, and the address that was judged is the one connected to.

Refused are all addresses that are not public (private, loopback, link-local with the metadata services of clouds,
shared, documentation, multicast ...), also when they hide in IPv6, unless the host is on the allow-list. Ports other
than 443, and http, are for hosts that are on it with their port.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.findings import Text, veiled

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16")))
"""Of the special-purpose registries of IANA what `is_global` does not know, or takes for global in part."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """Nothing may be sent there. `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Address:
    """A judged address: connect to `url`, whose host is an IP, and say `host` in the Host header and in TLS."""

    url: str
    host: str
    sni: str


async def resolve(url: str, allowed: Collection[str]) -> Address:
    """The address of `url`. Raises AddressRefused.

    `allowed` may name a host (`10.0.0.7`), which then need not be public, and a host with its port (`10.0.0.7:8443`, or
    `10.0.0.7:*` for any), which then need be neither https nor 443.
    """
    host, port, scheme, rest = _parsed(url)
    is_listed = is_listed_with_port(host, port, allowed)
    if not is_listed and (scheme, port) != ("https", _DEFAULT_PORTS["https"]):
        raise AddressRefused(
            Text(
                "只可用 https 的 443 端口；其他端口与 HTTP 须由运维人员连同端口列入许可名单",
                "only https on port 443; other ports and http must be allow-listed with their port by the operator",
            )
        )
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(
            Text(f"{veiled(host)} 无法解析，系统报告“{error}”", f"{veiled(host)} cannot be resolved: {error}")
        ) from None
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    if (
        not is_listed and host not in allowed and not all(map(is_public, addresses))
    ):  # which it has is nobody's business
        raise AddressRefused(Text(f"{host} 没有公网地址", f"{host} has no public address"))
    ip = addresses[0]
    literal = f"[{ip}]" if ip.version == 6 else str(ip)
    shown = host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
    return Address(f"{scheme}://{literal}:{port}{rest}", shown, host)


def is_listed_with_port(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether an allow-list names a host together with this port, or with any."""
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{port}" in allowed or f"{named}:*" in allowed


def place_of(url: str) -> tuple[str, int]:
    """Host and port of an address. Raises AddressRefused."""
    host, port, _, _ = _parsed(url)
    return host, port


def is_public(ip: Ip) -> bool:
    """Whether an address is out on the internet, however it is written."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(ip.ipv4_mapped)
        if ip.sixtofour is not None:
            return is_public(ip.sixtofour)
        if ip in _NAT64:
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


def _parsed(url: str) -> tuple[str, int, str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(Text(f"不是地址，系统报告“{error}”", f"not an address: {error}")) from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None or port == 0:
        raise AddressRefused(
            Text(
                "地址应为 `https://host/path`，且不含用户名",
                "an address must be `https://host/path`, without a user name",
            )
        )
    query = f"?{parts.query}" if parts.query else ""
    return host, port or _DEFAULT_PORTS[parts.scheme], parts.scheme, (parts.path or "/") + query
