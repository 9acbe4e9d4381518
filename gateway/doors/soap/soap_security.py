"""Proving who calls over SOAP: a username token, an X.509 signature, or the HTTP signature of REST.

A connector says which of them its partner may use. A credential without a connector may use all but a plain secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.connector import Connector
from adapters.transports import wss
from adapters.transports.soap import Message
from gateway.access.accounts import Accounts, Principal, ProofKind
from gateway.access.authentication import Authenticator, is_plain, is_signature
from gateway.access.signatures import SignedRequest
from gateway.base import problems
from gateway.base.problems import ProblemType, Refused
from gateway.doors.requests import exposed
from schemas.findings import Text

_PROBLEMS: dict[wss.Flaw, tuple[ProblemType, str]] = {
    wss.Flaw.MALFORMED: (problems.UNAUTHENTICATED, "WS-Security 头有误"),
    wss.Flaw.SIGNATURE: (problems.BAD_SIGNATURE, "XML 签名不可信"),
    wss.Flaw.TIMESTAMP: (problems.BAD_TIMESTAMP, "报文已过期"),
}


class Scheme(StrEnum):
    """The ways of proof, as `doors.soap.security` of a connector names them. A bearer key is a plain secret too."""

    USERNAME_TEXT = "username_text"
    USERNAME_DIGEST = "username_digest"
    X509 = "x509"
    HMAC = "hmac"


_UNLESS_SAID = {"soap_as": tuple(Scheme)}
"""What may be used where a door does not say: who calls its own WSDL can do what it can do."""
_WITHOUT_CONNECTOR = frozenset(Scheme) - {Scheme.USERNAME_TEXT}


@dataclass(frozen=True, slots=True)
class HttpProof:
    """The Authorization header, what it may sign, and whether a plain secret is seen on the way."""

    authorization: str
    signed: SignedRequest
    is_exposed: bool


@dataclass(frozen=True, slots=True)
class Proved:
    """The caller, and the Body that it has vouched for: nothing else of the message may be used."""

    principal: Principal
    body: etree._Element


class SoapSecurity:
    """Turns a message into its caller, or refuses (AUTH-001 .. AUTH-005)."""

    def __init__(
        self, accounts: Accounts, authenticator: Authenticator, connectors: Mapping[str, Connector], door: str = "soap"
    ) -> None:
        self._door = door
        self._accounts = accounts
        self._authenticator = authenticator
        self._connectors = connectors

    async def prove(self, message: Message, http: HttpProof) -> Proved:
        """Who sent the message. It must bring one proof, of a kind that the credential may use."""
        security = message.security
        is_http = is_plain(http.authorization) or is_signature(http.authorization)
        try:
            if security is not None and wss.is_signed(security):
                self._alone(not is_http and wss.username_token(security) is None)
                return await self._by_certificate(message, security)
            token = None if security is None else wss.username_token(security)
            self._alone(is_http != (token is not None))
            if token is None:
                return Proved(await self._by_http(http), message.body)
            if http.is_exposed and not token.is_digest:
                raise exposed()
            return Proved(await self._by_username(token), message.body)
        except wss.Insecure as error:
            problem, words = _PROBLEMS[error.flaw]
            raise Refused(problem, Text(f"{words}：“{error.reason}”", error.reason)) from None

    async def _by_http(self, http: HttpProof) -> Principal:
        shows_secret = is_plain(http.authorization)
        if http.is_exposed and shows_secret:
            raise exposed()
        principal = await self._authenticator.authenticate(http.authorization, http.signed)
        return self._permitted(principal, Scheme.USERNAME_TEXT if shows_secret else Scheme.HMAC)

    async def _by_username(self, token: wss.UsernameToken) -> Principal:
        principal = await self._authenticator.proved(token.username, lambda known: token.matches(known.secret))
        if not token.is_digest:
            return self._permitted(principal, Scheme.USERNAME_TEXT)
        self._permitted(principal, Scheme.USERNAME_DIGEST)
        self._authenticator.must_be_fresh(wss.instant(token.created).timestamp())
        await self._authenticator.spend(principal.credential_id, token.nonce.hex())
        return principal

    async def _by_certificate(self, message: Message, security: etree._Element) -> Proved:
        """The pinned certificate is found by what the message brings, and trusted because it is pinned."""
        certificate = wss.certificate_of(security)
        principal = await self._accounts.proved_by(ProofKind.X509, certificate)
        if principal is None:
            detail = Text("该证书未登记", "This certificate is not registered for any credential")
            raise Refused(problems.UNAUTHENTICATED, detail)
        try:
            signed = await asyncio.to_thread(wss.verify, message.envelope, message.body, security, certificate)
        except wss.Insecure:
            self._accounts.uses.failed(principal.credential_id, problems.BAD_SIGNATURE)
            raise
        self._accounts.uses.succeeded(principal.credential_id)
        self._permitted(principal, Scheme.X509)
        self._authenticator.must_be_fresh(signed.created.timestamp())
        await self._authenticator.spend(principal.credential_id, signed.nonce)
        return Proved(principal, signed.body)

    def _permitted(self, principal: Principal, scheme: Scheme) -> Principal:
        """The principal, when its connector opens the SOAP door to this kind of proof."""
        allowed = _WITHOUT_CONNECTOR
        if principal.connector is not None:
            connector = self._connectors.get(principal.connector)
            door = {} if connector is None else connector.doors.get(self._door, {})
            allowed = frozenset(door.get("security", _UNLESS_SAID.get(self._door, ())))
        if scheme in allowed:
            return principal
        names = ", ".join(sorted(allowed)) or "-"
        detail = Text(
            f"该凭证不得以 {scheme} 方式调用 SOAP；可用：{names}",
            f"This credential may not call SOAP by {scheme}; it may use: {names}",
        )
        raise Refused(problems.FORBIDDEN, detail)

    @staticmethod
    def _alone(is_single: bool) -> None:
        if not is_single:
            detail = Text(
                "须且只能以一种方式证明身份：UsernameToken、X.509 签名或 HTTP 签名",
                "Prove who you are in exactly one way: UsernameToken, X.509 signature or HTTP signature",
            )
            raise Refused(problems.UNAUTHENTICATED, detail)
