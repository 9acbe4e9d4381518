"""Signing in at a province's own identity provider: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636).

The provider says who somebody is; what they may do here is their account's, which an administrator has opened. What is
kept between leaving and coming back is sealed in a cookie of that browser: nobody comes back in another's place.
"""

from __future__ import annotations

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway import audit
from gateway.access.divisions import pattern_of
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import OidcSettings, PersonSettings
from gateway.persons import statements as sql
from gateway.persons.persons import LOGIN
from gateway.persons.rows import SigningRow
from gateway.persons.sessions import Browser, Sessions
from gateway.persons.sign_in import SignedIn
from gateway.persons.states import PersonState
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch_first
from gateway.trust.sealing import MasterKey, SealBroken

LASTS_SECONDS = 600
"""In which somebody has to come back."""
_TIMEOUT_SECONDS = 10.0
_FRESH_SECONDS = 3600.0
_ANSWER_BYTES = 256 * 1024
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LEEWAY_SECONDS = 60
_PLACE = b"oidc/departure"
_LONGEST_KEPT, _LONGEST_CODE = 4096, 2048
_log = structlog.get_logger()


class _Unbelievable(Exception):
    """What the provider says proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a browser is sent, and what it keeps meanwhile."""

    url: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """What the provider publishes, and when that was read."""

    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet
    read_at: float


class IdentityProvider:
    """The one provider of the settings."""

    def __init__(self, database: Database, master: MasterKey, settings: PersonSettings, sessions: Sessions) -> None:
        self._database = database
        self._master = master
        self._settings = settings
        self._sessions = sessions
        self._known: _Provider | None = None

    @property
    def settings(self) -> OidcSettings | None:
        """None where nobody signs in so."""
        return self._settings.oidc

    async def depart(self, back: str, to: str) -> Departure:
        """To the provider and from there to the address `back`; `to` is the page that was wanted.

        Raises Refused (SIGNIN-005 when the provider does not answer, REQUEST-003 without one).
        """
        settings, provider = self._must_have(), await self._provider()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = prepare_grant_uri(
            provider.authorization_endpoint,
            settings.client_id,
            "code",
            redirect_uri=back,
            scope="openid profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "to": to, "until": _now() + LASTS_SECONDS}
        sealed = self._master.wrap_secret(orjson.dumps(kept), _PLACE)
        return Departure(url=url, kept=urlsafe_b64encode(sealed).decode())

    async def arrive(self, kept: str, given: Mapping[str, str], back: str, browser: Browser) -> tuple[SignedIn, str]:
        """A session for whoever comes back, and the page that was wanted.

        It is whole when the provider says that a second factor was used (`amr` has `mfa`, RFC 8176), else as after a
        password. Raises Refused (SIGNIN-001 for who has no account here, or for what proves nothing; SIGNIN-005).
        """
        settings = self._must_have()
        try:
            departed = self._departed(kept, given)
            claims = await self._claims(settings, departed, given.get("code", "")[:_LONGEST_CODE], back)
            return await self._signed_in(settings, claims, browser), departed["to"]
        except _Unbelievable as why:
            _log.warning("sign-in at the identity provider refused", reason=str(why))
            raise Refused(problems.SIGN_IN_FAILED) from None

    def _must_have(self) -> OidcSettings:
        if self._settings.oidc is None:
            raise Refused(problems.NOT_FOUND)
        return self._settings.oidc

    def _departed(self, kept: str, given: Mapping[str, str]) -> dict[str, Any]:
        try:
            sealed = urlsafe_b64decode(kept[:_LONGEST_KEPT])
            departed = orjson.loads(self._master.open_secret(sealed, _PLACE))
        except (ValueError, SealBroken):
            raise _Unbelievable("nobody left from this browser") from None
        if not secrets.compare_digest(departed["state"], given.get("state", "")) or departed["until"] < _now():
            raise _Unbelievable("it is not the answer to what was asked, or comes too late")
        return departed

    async def _claims(self, settings: OidcSettings, departed: dict[str, Any], code: str, back: str) -> dict[str, Any]:
        """What the provider says of whoever has come back, believed. Raises _Unbelievable."""
        if not code:
            raise _Unbelievable("the provider gave no code")
        provider = await self._provider()
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": departed["verifier"],
        }
        auth = (settings.client_id, settings.client_secret or "")
        answer = await _asked("POST", provider.token_endpoint, data=sent, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _Unbelievable("the provider gave no id_token")
        try:
            claims = jwt.decode(token, await self._keys_for(provider, token), algorithms=_ALGORITHMS).claims
            believed = CodeIDToken(
                claims,
                {},
                options={
                    "iss": {"essential": True, "value": settings.issuer},
                    "aud": {"essential": True, "value": settings.client_id},
                    "nonce": {"essential": True, "value": departed["nonce"]},
                },
                params={"client_id": settings.client_id, "nonce": departed["nonce"]},
            )
            believed.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
            raise _Unbelievable(type(error).__name__) from None
        return dict(claims)

    async def _signed_in(self, settings: OidcSettings, claims: Mapping[str, Any], browser: Browser) -> SignedIn:
        given = claims.get(settings.claim)
        login = given.strip().lower() if isinstance(given, str) else ""
        if LOGIN.fullmatch(login) is None:
            raise _Unbelievable(f"the claim {settings.claim} is no login")
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.SIGNING, {"login": login}, SigningRow)
            if row is None or row.is_agency or not Scope(division=pattern_of(settings.division)).reaches(row.division):
                raise _Unbelievable("nobody of this province is called so")
            if row.state is PersonState.INVITED:
                move = {"id": row.id, "state": PersonState.ACTIVE.value, "before": [PersonState.INVITED.value]}
                await connection.execute(sql.MOVE, move)
                await audit.record(connection, row, "person.activate", row.login, is_reset=False)
            elif row.state is not PersonState.ACTIVE:
                raise _Unbelievable("the account is not active")
            has_both = "mfa" in (claims.get("amr") or ())
            is_whole = has_both or (not row.has_second and self._settings.second_factor == "offered")
            token = await self._sessions.begin(connection, row.id, browser, is_whole=is_whole)
            if is_whole:
                await connection.execute(sql.SIGNED_IN, {"id": row.id, "at": Clock.now()})
                await audit.record(connection, row, "person.sign_in", row.login, factor="provider")
        return SignedIn(token=token, is_whole=is_whole)

    async def _keys_for(self, provider: _Provider, token: str) -> KeySet:
        """The keys of the provider, read anew when it signs with one that was not there."""
        header = orjson.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))
        if not isinstance(header, dict):
            raise _Unbelievable("the id_token has no header")
        if any(key.kid == header.get("kid") for key in provider.keys.keys):
            return provider.keys
        return (await self._provider(anew=True)).keys

    async def _provider(self, *, anew: bool = False) -> _Provider:
        """What it publishes, read once an hour. Raises Refused (SIGNIN-005)."""
        settings, now = self._must_have(), time.monotonic()
        if self._known is not None and not anew and now - self._known.read_at < _FRESH_SECONDS:
            return self._known
        said = await _asked("GET", f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        keys = await _asked("GET", _address(settings, said, "jwks_uri"))
        if said.get("issuer") != settings.issuer:
            raise _away("it calls itself by another name")
        self._known = _Provider(
            authorization_endpoint=_address(settings, said, "authorization_endpoint"),
            token_endpoint=_address(settings, said, "token_endpoint"),
            keys=KeySet.import_key_set({"keys": keys.get("keys", [])}),
            read_at=now,
        )
        return self._known


def _now() -> float:
    return Clock.now().timestamp()


def _address(settings: OidcSettings, said: Mapping[str, Any], name: str) -> str:
    """An address that the provider publishes: as safe as its own."""
    url = said.get(name)
    if not isinstance(url, str) or urlsplit(url).scheme != urlsplit(settings.issuer).scheme:
        raise _away(f"it publishes no {name}")
    return url


async def _asked(method: str, url: str, **sent: Any) -> dict[str, Any]:
    """The JSON object of an answer. Raises Refused (SIGNIN-005)."""
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client,
            client.stream(method, url, **sent) as answer,
        ):
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > _ANSWER_BYTES:
                    raise _away("its answer is too long")
            value = orjson.loads(content)
    except (httpx.HTTPError, ValueError) as error:
        raise _away(type(error).__name__) from None
    if not answer.is_success and "error" not in value:
        raise _away(f"it answers {answer.status_code}")
    if not isinstance(value, dict):
        raise _away("its answer is no object")
    return value


def _away(why: str) -> Refused:
    _log.warning("identity provider unusable", reason=why)
    return Refused(problems.PROVIDER_AWAY)
