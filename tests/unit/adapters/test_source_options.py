"""The `source:` section of a connector: what is refused, and what references lead to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.connector import load_connector
from adapters.errors import Fatal
from adapters.formats.xml import is_as_declared
from adapters.mapping.strict_yaml import BadConfiguration
from adapters.transports.change_times import newest
from adapters.transports.portal_http import HttpAnswer
from adapters.transports.portal_options import base_url, rest_options, soap_options
from adapters.transports.portals import PORTALS, open_portal
from tests.unit.adapters.test_partners import ROOT


@pytest.mark.parametrize(
    ("partner", "old", "new", "problem"),
    [
        ("donghai", "transport: rest", "transport: telex", "telex"),
        ("donghai", "  page_size:", "  pages:", "unknown key 'pages'"),
        ("donghai", "app_secret: env:DONGHAI_APP_SECRET", "app_secret: s3cret", "app_secret"),
        ("donghai", "url: env:DONGHAI_URL", "url: ftp://portal.example", "url"),
        ("donghai", "url: env:DONGHAI_URL", "url: https://name:word@portal.example", "url"),
        ("donghai", "filing: {path: /filings, push: push.filing.yaml}", "contract: {path: /x}", "no mapping for"),
        ("donghai", "push: push.filing.yaml", "push: push.agency.yaml", "is for agency, not filing"),
        ("donghai", "push: push.filing.yaml", "push: ../push.yaml", "push"),
        ("minjiang", "  wsdl: portal.wsdl", "  wsdl: https://portal.example/a.wsdl", "wsdl"),
        ("minjiang", "list: GetAgencyList, ", "", "list"),
        ("jiangnan", "  folder: /outbox\n", "", "folder"),
        ("jiangnan", "port: env:JIANGNAN_PORT", "port: ssh", "port"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused(
    tmp_path: Path, partner: str, old: str, new: str, problem: str
) -> None:
    folder = tmp_path / partner
    shutil.copytree(ROOT / partner, folder)
    text = (folder / "connector.yaml").read_text("utf-8")
    assert old in text
    (folder / "connector.yaml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(BadConfiguration, match=problem):
        load_connector(folder)


def test_options_are_read_as_written_or_have_their_defaults() -> None:
    source = {"url": "https://portal.example/api/", "app_key": "env:K", "app_secret": "env:S", "kinds": {}}
    options = rest_options({**source, "query": {"since": "from"}}, str.lower)
    assert (options.url, options.app_key, options.page_size) == ("https://portal.example/api", "env:k", 100)
    assert (options.query.since, options.query.until) == ("from", "endTime")
    soap = soap_options({**source, "wsdl": "a.wsdl", "verification_code": "env:C"}, str.upper)
    assert (soap.code, soap.code_parameter, soap.query.page) == ("ENV:C", "verifyCode", "pageIndex")


def test_a_reference_that_leads_nowhere_is_fatal() -> None:
    for found in (None, "", "file:///etc/hosts"):
        with pytest.raises(Fatal):
            base_url("env:URL", {"env:URL": found}.get)


def test_a_connector_without_a_portal_opens_none(tmp_path: Path) -> None:
    with pytest.raises(Fatal):
        open_portal(load_connector(ROOT / "lvy"), {}.get, tmp_path)
    assert set(PORTALS) == {"rest", "soap", "sftp"}


@pytest.mark.parametrize(
    ("text", "codec", "honest"),
    [
        ('<?xml version="1.0" encoding="utf-8"?><a>䶮</a>', "utf-8", True),
        ('<?xml version="1.0" encoding="utf-8"?><a>䶮</a>', "gb18030", False),
        ('<?xml version="1.0" encoding="GB2312"?><a>示例</a>', "gb18030", True),
        ('<?xml version="1.0" encoding="GB2312"?><a>示例</a>', "utf-8", False),
        ('<?xml version="1.0" encoding="GB2312"?><a>b</a>', "utf-8", True),
        ("<a>示例</a>", "utf-8-sig", True),
        ("<a>示例</a>", "gb18030", False),
    ],
)
def test_a_document_tells_its_encoding_truly_or_not(text: str, codec: str, honest: bool) -> None:
    assert is_as_declared(text.encode(codec)) is honest


def test_the_newest_change_is_the_latest_that_can_be_read() -> None:
    stamps = ["2026/11/2 9:30", None, "昨天", 1793583001000, "", "20261101"]
    assert newest(stamps) == "2026-11-02T09:30:01"
    assert newest([None, "昨天"]) is None


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7.0), ("999999999", 86_400.0), ("soon", 0.0), ("Mon, 02 Nov 2020 09:30:00 GMT", 0.0)]
)
def test_a_portal_may_ask_us_to_wait_but_not_for_ever(asked: str, seconds: float) -> None:
    assert HttpAnswer(429, {"retry-after": asked}, b"").wait_seconds == seconds
