"""What the verify page says of each verification."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.console.public.words import shown
from gateway.console.shell.rendering import compiled
from gateway.contracts.verifying import ContractFacts, Verdict, Verification
from gateway.trust.codes import grouped
from gateway.trust.qr import QrStatement
from gateway.wording.dates import day, moment
from gateway.wording.languages import EN, ZH

NOW = datetime(2017, 8, 3, 16, 5, tzinfo=UTC)
FACTS = ContractFacts(
    code="LY17ABCDEFGHJKMNPQR0",
    version=1,
    state="generated",
    content_hash=b"c" * 32,
    issued_at=NOW,
    stored_at=NOW,
    contract_type="outbound",
    agency_name="<b>示例</b>旅行社",
    agency_uscc="91350100M000100Y43",
    division="350100",
    depart_on=date(2017, 8, 4),
    return_on=date(2017, 8, 10),
    headcount=1,
    documents=(b"n" * 32, b"o" * 32),
    current_documents=1,
)
STATEMENT = QrStatement(FACTS.code, FACTS.agency_uscc, "outbound", FACTS.depart_on, FACTS.return_on, 1, NOW, b"c" * 16)


@pytest.mark.parametrize(("is_filed", "says"), [(True, False), (None, False), (False, True)])
def test_an_agency_that_the_register_does_not_list_is_said_to_be_so(is_filed: bool | None, says: bool) -> None:
    verification = Verification(Verdict.VALID, NOW, FACTS, None, is_filed)
    assert ("不在当地主管部门的登记名录中" in rendered(verification)) is says
    assert ("does not list this agency" in rendered(verification, EN)) is says


def rendered(verification: Verification, language: str = ZH) -> str:
    context: dict[str, Any] = shown(verification, language)
    return compiled(language, "verdict.html").render(context, entered="", check_at="", switch="?lang=en")


@pytest.mark.parametrize(
    ("verdict", "state", "outcome", "tone"),
    [
        (Verdict.VALID, "generated", "registered", "good"),
        (Verdict.VALID, "signed", "signed", "good"),
        (Verdict.SUPERSEDED, "signed", "superseded", "warn"),
        (Verdict.VOID, "void", "void", "bad"),
    ],
)
def test_a_known_contract_has_facts_and_one_clear_outcome(
    verdict: Verdict, state: str, outcome: str, tone: str
) -> None:
    verification = Verification(verdict, NOW, replace(FACTS, state=state), STATEMENT)
    html = rendered(verification)
    assert f'class="card verdict {tone}"' in html
    assert f'data-outcome="{outcome}"' in html
    assert html.index("请与手中的合同逐项核对") < html.index('id="verdict"')
    assert "-<wbr>".join(grouped(FACTS.code).split("-")) in html


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.FORGED, Verdict.ALTERED])
def test_without_facts_only_the_verdict_is_told(verdict: Verdict) -> None:
    html = rendered(Verification(verdict, NOW))
    assert 'class="card facts"' not in html
    assert 'id="document"' not in html
    assert f'data-outcome="{verdict.value}"' in html


def test_names_are_escaped() -> None:
    html = rendered(Verification(Verdict.VALID, NOW, FACTS))
    assert "&lt;b&gt;示例&lt;/b&gt;旅行社" in html
    assert "<b>" not in html


def test_what_the_qr_says_is_shown_where_it_differs() -> None:
    older = replace(STATEMENT, headcount=12, return_on=None)
    facts = shown(Verification(Verdict.SUPERSEDED, NOW, FACTS, older), EN)["facts"]
    assert facts.printed == {"headcount": "12 people", "return_on": "—"}
    assert facts.headcount == "1 person"
    html = rendered(Verification(Verdict.SUPERSEDED, NOW, FACTS, older), EN)
    assert html.count('class="changed"') == 2
    assert "<s>12 people</s>" in html


def test_an_amendment_of_other_terms_says_so() -> None:
    assert "不在以上各项之中" in rendered(Verification(Verdict.SUPERSEDED, NOW, FACTS, STATEMENT))


def test_documents_are_named_by_hash_the_present_ones_first() -> None:
    html = rendered(Verification(Verdict.VALID, NOW, FACTS))
    assert f'data-current="1" data-sha256="{(b"n" * 32).hex()} {(b"o" * 32).hex()}"' in html


def test_times_are_told_in_beijing_and_dates_as_they_are_printed() -> None:
    assert moment(NOW, ZH) == "2017年8月4日 00:05"
    assert moment(NOW, EN) == "4 August 2017 00:05"
    assert day(None, ZH) == "—"


def test_the_code_scheme_is_called_synthetic_on_every_verdict() -> None:
    for verdict in Verdict:
        facts = None if verdict in (Verdict.UNKNOWN, Verdict.FORGED, Verdict.ALTERED) else FACTS
        assert "示例规则" in rendered(Verification(verdict, NOW, facts))
        assert "synthetic" in rendered(Verification(verdict, NOW, facts), EN)
