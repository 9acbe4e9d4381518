"""The secrets that connectors refer to."""

from __future__ import annotations

from adapters.errors import Barred
from gateway.base.settings import resolve_reference


def secret(reference: str) -> str | None:
    """What a reference (`env:NAME`, `file:/path`) of a connector stands for. Raises Barred when it leads nowhere."""
    try:
        return resolve_reference(reference)
    except (KeyError, OSError) as error:
        raise Barred(f"the secret {reference} is not there") from error
