"""Powers: what somebody may do here, and the machine roles as sets of them.

Persons hold theirs by their duties (`gateway.persons.duties`), credentials by their role.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.access.rows import Role


class Power(StrEnum):
    READ_ROSTERS = "roster.read"
    AUDIT_ROSTERS = "roster.audit"
    READ_CONTRACTS = "contract.read"
    INSPECT = "inspect"
    """Check a contract or a roster on the road."""
    REVEAL = "reveal"
    """See a masked value, for a purpose that is noted."""
    READ_AGENCIES = "agency.read"
    DECIDE_FILINGS = "qualification.decide"
    RECONCILE = "reconcile.decide"
    """Decide conflicts and discrepancies, and repair from portals."""
    READ_STATISTICS = "statistics.read"
    PUBLISH_STATISTICS = "statistics.publish"
    """Freeze the figures of one's division as they are published."""
    EDIT_TEMPLATES = "template.edit"
    EDIT_CONNECTORS = "connector.edit"
    MANAGE_PARTNERS = "partner.manage"
    OPERATE = "operate"
    """Alerts, queues, dead letters: whatever keeps the exchange going."""
    MANAGE_ACCOUNTS = "account.manage"
    READ_AUDIT = "audit.read"
    MANAGE_KEYS = "key.manage"
    MANAGE_RETENTION = "retention.manage"
    """Purge what need be kept no longer, hold what a case needs, answer persons about what is held of them."""
    APPLY_SEALS = "seal.apply"
    """Apply for the seal of one's own office, and revoke it."""
    MANAGE_SEALS = "seal.manage"
    """Issue and revoke the seals of one's own authority and of the agencies in sight."""
    MANAGE_AGENCY = "agency.manage"
    """An agency's own facts, branches and people."""
    REPORT = "report"
    """Hand in records of one's own agency."""
    INSTALL = "install"
    """Whatever may be done at the installation itself: no person has it."""


_OFFICIAL = frozenset(
    {
        Power.READ_ROSTERS,
        Power.AUDIT_ROSTERS,
        Power.READ_CONTRACTS,
        Power.INSPECT,
        Power.READ_AGENCIES,
        Power.DECIDE_FILINGS,
        Power.RECONCILE,
        Power.READ_STATISTICS,
        Power.EDIT_TEMPLATES,
        Power.PUBLISH_STATISTICS,
        Power.OPERATE,
        Power.READ_AUDIT,
        Power.APPLY_SEALS,
        Power.MANAGE_SEALS,
    }
)
POWERS_OF_ROLE: Mapping[Role, frozenset[Power]] = {
    Role.PARTNER: frozenset({Power.REPORT, Power.MANAGE_AGENCY, Power.APPLY_SEALS}),
    Role.OFFICIAL: _OFFICIAL,
    Role.OPERATOR: frozenset(Power),
}
