"""Issues codes and QR statements: random code first, statement signed over it, both before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.base.clock import Clock, day_in_china
from gateway.ledger.facts import Facts
from gateway.ledger.values import Draft
from gateway.trust.codes import CodeScheme
from gateway.trust.keyring import Keyring
from gateway.trust.qr import QrStatement


@dataclass(frozen=True, slots=True)
class Issuer:
    """Draws codes of one scheme and signs them with the key of the day."""

    scheme: CodeScheme
    keyring: Keyring

    def issue(self, facts: Facts, content_hash: bytes, issued_at: datetime) -> tuple[str, str]:
        """A new code, of the year it is in China, and its QR text."""
        code = self.scheme.draw(day_in_china(issued_at).year)
        return code, self.sign(code, facts, content_hash, issued_at)

    def sign(self, code: str, facts: Facts, content_hash: bytes, issued_at: datetime) -> str:
        """The QR text of an existing code over (new) content."""
        statement = QrStatement(
            code,
            facts.agency_uscc,
            facts.subkind,
            facts.depart_on,
            facts.return_on,
            facts.headcount,
            issued_at,
            content_hash,
        )
        return self.keyring.qr_signer.sign(statement)

    def redraw(self, draft: Draft) -> Draft:
        """The same draft under another code, after a collision."""
        code, qr_text = self.issue(draft.facts, draft.content_hash, Clock.now())
        return replace(draft, code=code, qr_text=qr_text)
