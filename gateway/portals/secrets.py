"""The secrets that connectors refer to."""

from __future__ import annotations

from adapters.errors import Barred
from gateway.base.settings import resolve_reference
from schemas.findings import Text


def secret(reference: str) -> str | None:
    """What a reference (`env:NAME`, `file:/path`) of a connector stands for. Raises Barred when it leads nowhere."""
    try:
        return resolve_reference(reference)
    except (KeyError, OSError) as error:
        raise Barred(Text(f"密钥引用 {reference} 不存在", f"the secret {reference} is not there")) from error
