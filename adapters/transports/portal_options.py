"""How a portal is spoken to: the `source:` section of a connector with transport rest or soap, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.errors import Barred
from schemas.findings import Text

Secret = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Query:
    """What the portal calls the parameters of a question."""

    since: str
    until: str
    size: str
    page: str


_REST_QUERY = Query("beginTime", "endTime", "pageSize", "pageToken")
_SOAP_QUERY = Query("startDate", "endDate", "pageSize", "pageIndex")


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """Where things stand in an answer, as dotted paths; `changed_at` inside a record."""

    status: str = "code"
    message: str = "message"
    fine: str = "0"
    records: str = "data.records"
    next: str = "data.nextToken"
    changed_at: str = "updateTime"
    revision: str = "data.version"


@dataclass(frozen=True, slots=True)
class SoapAnswer:
    """Local names of elements in an answer; `changed_at` inside a record."""

    code: str = "Code"
    message: str = "Message"
    fine: str = "0"
    denied: str = "1"
    conflict: str = "2"
    missing: str = "3"
    busy: str = "9"
    total: str = "TotalCount"
    revision: str = "Version"
    changed_at: str = "UpdateTime"


@dataclass(frozen=True, slots=True)
class SoapKind:
    """The operations of one kind, and the local name of a record's element in the list's answer and the update."""

    list: str
    record: str
    update: str | None = None


@dataclass(frozen=True, slots=True)
class RestOptions:
    """A REST portal. `paths` are relative to `url`, by kind; secrets are given, not named."""

    url: str
    app_key: str
    app_secret: str
    paths: Mapping[str, str]
    page_size: int = 100
    query: Query = _REST_QUERY
    answer: RestAnswer = RestAnswer()


@dataclass(frozen=True, slots=True)
class SoapOptions:
    """A SOAP portal. `wsdl` is a file of the connector's folder; `code` the verification code that both sides know."""

    url: str
    wsdl: str
    code: str
    kinds: Mapping[str, SoapKind]
    page_size: int = 100
    code_parameter: str = "verifyCode"
    query: Query = _SOAP_QUERY
    answer: SoapAnswer = SoapAnswer()


def rest_options(source: Mapping[str, Any], secret: Secret) -> RestOptions:
    """Options from a connector; `secret` looks references up. Raises Barred when one leads nowhere."""
    return RestOptions(
        url=base_url(source["url"], secret),
        app_key=known(source["app_key"], secret),
        app_secret=known(source["app_secret"], secret),
        paths={kind: each["path"] for kind, each in source["kinds"].items()},
        page_size=int(source.get("page_size", 100)),
        query=replace(_REST_QUERY, **source.get("query", {})),
        answer=RestAnswer(**source.get("answer", {})),
    )


def soap_options(source: Mapping[str, Any], secret: Secret) -> SoapOptions:
    """Options from a connector; `secret` looks references up. Raises Barred when one leads nowhere."""
    kinds = source["kinds"].items()
    return SoapOptions(
        url=base_url(source["url"], secret),
        wsdl=source["wsdl"],
        code=known(source["verification_code"], secret),
        kinds={kind: SoapKind(each["list"], each["record"], each.get("update")) for kind, each in kinds},
        page_size=int(source.get("page_size", 100)),
        code_parameter=source.get("code_parameter", "verifyCode"),
        query=replace(_SOAP_QUERY, **source.get("query", {})),
        answer=SoapAnswer(**source.get("answer", {})),
    )


def known(reference: str, secret: Secret) -> str:
    """What a reference stands for. Raises Barred when that is nothing."""
    found = secret(reference)
    if not found:
        raise Barred(Text(f"引用 {reference} 没有内容", f"the reference {reference} leads to nothing"))
    return found


def base_url(written: str, secret: Secret) -> str:
    """The address that the connector names, the only host that is called. Raises Barred for what is no address."""
    url = known(written, secret) if written.startswith("env:") else written
    if not url.startswith(("http://", "https://")):
        raise Barred(Text(f"{written} 不是 HTTP 地址", f"{written} is no http address"))
    return url.rstrip("/")
