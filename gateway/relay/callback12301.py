"""State call-backs of the existing e-contract protocol: what a contract's own `callbackURL` is told.

States: 1 generated, 2 signed, 3 void, 4 signed and 5 void with several signers. The client answers `success` or `fail`.
The address stands in the contract, so it must be on the connector's list of call-back hosts, or the operator's; being
there makes it no more trusted than any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from adapters.connector import Connector
from gateway.access.accounts import Accounts
from gateway.access.signatures12301 import callback_signature
from gateway.ledger.changes import ChangeEvent
from gateway.ledger.reader import Reader
from gateway.ledger.sealed import open_body
from gateway.ledger.states import ContractState
from gateway.relay.addresses import AddressRefused, is_listed_with_port, place_of
from gateway.relay.keys import TargetKey
from gateway.relay.messages import Event, Message, Undeliverable
from gateway.relay.rows import Target
from gateway.store.database import Scope
from schemas.findings import Text

COMPAT12301 = "compat12301"
API_VERSION = "1.0"
EVENTS = tuple(f"contract.{event}" for event in (ChangeEvent.CREATED, ChangeEvent.AMENDED, ChangeEvent.STATE))
_STATES = {ContractState.GENERATED: (1, 1), ContractState.SIGNED: (2, 4), ContractState.VOID: (3, 5)}
_CONTENT = {
    ContractState.GENERATED: "合同已生成",
    ContractState.SIGNED: "合同已签署",
    ContractState.VOID: "合同已作废",
}


def state_number(state: str, body: Mapping[str, Any]) -> int:
    """The protocol's number of a contract's state."""
    one, several = _STATES[ContractState(state)]
    return several if body.get("is_multi_signatory") else one


class CallBacks12301:
    """Composes call-backs from the stored contract."""

    in_order = True

    def __init__(
        self, reader: Reader, accounts: Accounts, connectors: Mapping[str, Connector], *, hosts: Collection[str]
    ) -> None:
        """`hosts` are those of the operator, with their ports, whatever the connector."""
        self._own_hosts = hosts
        self._reader = reader
        self._accounts = accounts
        self._connectors = connectors

    async def compose(self, target: Target, keys: Sequence[TargetKey], event: Event, now: datetime) -> Message | None:
        """The call-back for `event`; None for a contract that asks for none, or that somebody else has sent.

        Raises Undeliverable.
        """
        if event.sender_id != target.tenant_id:
            return None
        scope = Scope(tenant_id=event.sender_id, agencies=(event.tenant_id,))
        owner = await self._accounts.tenant(event.tenant_id)
        found = await self._reader.by_keys(scope, event.kind, [event.key])
        (record,) = (row for row in found if row.tenant_id == event.tenant_id)
        body = open_body(record, owner.seal)
        url: str | None = body.get("callback_url")
        submission = await self._reader.submission(scope, record.submission_id)
        hosts = self._hosts(submission and submission.connector)
        if not url or hosts is None:
            return None
        self._must_be_listed(url, hosts)
        content = orjson.dumps(_document(event, body, record.qr_text))
        return Message(url, {"Content-Type": "application/json;charset=utf-8"}, content)

    def _must_be_listed(self, url: str, hosts: Sequence[str]) -> None:
        """Raises Undeliverable for a host that nobody has listed."""
        try:
            host, port = place_of(url)
        except AddressRefused as refused:
            raise Undeliverable(refused.text) from None
        if host not in hosts and not is_listed_with_port(host, port, self._own_hosts):
            raise Undeliverable(
                Text(f"{host} 不在对接配置允许回调的主机之列", f"{host} is not among the connector's call-back hosts")
            )

    def accepts(self, status: int, body: bytes) -> bool:
        return status == 200 and body.strip().lower() == b"success"

    def _hosts(self, connector: str | None) -> Sequence[str] | None:
        """The hosts that a connector's call-backs may go to; None when it does not speak the protocol."""
        known = self._connectors.get(connector or "")
        door = known and known.doors.get(COMPAT12301)
        return None if door is None else door.get("callback_hosts", ())


def _document(event: Event, body: Mapping[str, Any], qr_text: str | None) -> dict[str, Any]:
    signatories: Sequence[Mapping[str, Any]] = body.get("signatories", ())
    signatory: Mapping[str, Any] = signatories[0] if signatories else {}
    fields = {
        "content": _CONTENT[ContractState(event.state)],
        "contractNumber": body.get("contract_no") or event.key,
        "signatoryIDNumber": signatory.get("document", {}).get("number", ""),
        "signatoryPhone": signatory.get("mobile", ""),
        "state": str(state_number(event.state, body)),
    }
    agency = body["agency"]
    sign = callback_signature(agency.get("transactor_phone", ""), agency.get("license_no", ""), fields)
    urls = {"signingURL": "", "QRCodeURL": qr_text, "fileURL": ""}
    data = {**fields, "state": int(fields["state"]), "sign": sign, "url": urls}
    return {"apiVersion": API_VERSION, "data": data}
