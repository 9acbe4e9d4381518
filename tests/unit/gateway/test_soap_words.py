"""The SOAP messages have a place for everything that REST's answers say."""

from __future__ import annotations

from gateway.base.problems import CATALOGUE, document
from gateway.ledger.values import FateStatus
from schemas.projections.yizhan_service import YIZHAN

SUBMIT = YIZHAN.operations[0].response["properties"]
REFUSAL = YIZHAN.refusals["Refusal"]["properties"]


def test_every_fate_has_its_word_and_its_count() -> None:
    fates = {status.value for status in FateStatus}
    assert fates <= set(SUBMIT["records"]["items"]["properties"]["status"]["enum"])
    assert fates <= SUBMIT["counts"]["properties"].keys()


def test_a_refusal_says_all_that_a_problem_document_says() -> None:
    assert all(document(problem).keys() <= REFUSAL.keys() for problem in CATALOGUE.values())


def test_a_refusal_holds_a_whole_answer() -> None:
    assert SUBMIT.keys() <= REFUSAL.keys()
