"""Which portals there are to choose from: a literal table by transport, loaded on first use."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from adapters.connector import Connector
from adapters.errors import Fatal
from adapters.transports.portal import PATIENCE, Portal
from schemas.findings import Text

PORTALS: dict[str, str] = {
    "rest": "adapters.transports.portal_rest",
    "soap": "adapters.transports.portal_soap",
    "sftp": "adapters.transports.portal_sftp",
}


def open_portal(
    connector: Connector, secret: Callable[[str], str | None], scratch: Path, patience: float = PATIENCE
) -> Portal:
    """The portal that a connector's `source` describes, to be closed by the caller.

    `secret` looks references up (`env:NAME`, `file:path`) and raises Fatal for what is not there; `scratch` is a
    folder of the connector's own for transfers that broke off; `patience` is for how many seconds it may say
    nothing. Raises Fatal when the options lead nowhere.
    """
    transport = (connector.source or {}).get("transport")
    if transport not in PORTALS:
        raise Fatal(Text(f"对接配置 {connector.id} 没有门户", f"connector {connector.id} has no portal"))
    return import_module(PORTALS[transport]).connect(connector, secret, scratch, patience)
