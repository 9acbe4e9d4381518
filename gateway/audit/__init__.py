"""Who did what to which object: append-only, committed with what it tells of."""

from gateway.audit.log import record

__all__ = ["record"]
