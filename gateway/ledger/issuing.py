"""Issues codes and QR statements: random code first, statement signed over it, both before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.base import problems
from gateway.base.clock import Clock, day_in_china
from gateway.base.problems import Refused
from gateway.ledger.facts import Facts
from gateway.ledger.values import Draft
from gateway.trust import qr
from gateway.trust.codes import CodeScheme
from gateway.trust.keyring import Keyring
from gateway.trust.qr import QrStatement
from gateway.trust.signing import Purpose


@dataclass(frozen=True, slots=True)
class Issuer:
    """Draws codes of one scheme and signs them with the key of the day."""

    scheme: CodeScheme
    keyring: Keyring

    def issue(
        self, facts: Facts, content_hash: bytes, issued_at: datetime, *, is_test: bool = False
    ) -> tuple[str, str]:
        """A new code, of the year it is in China, and its QR text."""
        code = self.scheme.draw(day_in_china(issued_at).year, is_test=is_test)
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
        signer = self.keyring.test_signer if self.scheme.is_test(code) else self.keyring.qr_signer
        return signer.sign(statement)

    def must_have_issued(self, code: str, qr_text: str | None, issued_at: datetime) -> None:
        """Raises Refused (VERIFY-003) for a code and a day of issue that are not those we have signed.

        An amendment signs both anew: it must not make good what somebody has written into the row.
        """
        keys = self.keyring.public_keys(Purpose.TEST if self.scheme.is_test(code) else Purpose.QR)
        try:
            statement = qr.verify(qr_text or "", {kid: replace(key, withdrawn_since=None) for kid, key in keys.items()})
        except qr.NotAStatement:
            raise Refused(problems.ALTERED) from None
        if (statement.code, statement.issued_at) != (code, issued_at.replace(microsecond=0)):
            raise Refused(problems.ALTERED)

    def redraw(self, draft: Draft) -> Draft:
        """The same draft under another code, after a collision."""
        code, qr_text = self.issue(draft.facts, draft.content_hash, Clock.now(), is_test=draft.owner.is_sandbox)
        return replace(draft, code=code, qr_text=qr_text)
