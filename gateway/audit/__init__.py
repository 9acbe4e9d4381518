"""Who did what to which object: append-only, committed with what it tells of."""

from gateway.audit.log import Account, Sought, every, listed, parts, record
from gateway.audit.rows import AuditRow

__all__ = ["Account", "AuditRow", "Sought", "every", "listed", "parts", "record"]
