"""Who did what."""

from gateway.audit.log import record

__all__ = ["record"]
