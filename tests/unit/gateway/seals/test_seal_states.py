"""The life of a seal, its faces, and what a file is worth by its signatures."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.seals.faces import SealKind, face_of
from gateway.seals.seal_checks import CheckedSignature, SealVerdict, SignatureReading, verdict_on_all
from gateway.seals.states import SEALS, SealState

MOVES = {
    ("applied", "issued"),
    ("applied", "rejected"),
    ("issued", "revoked"),
    ("issued", "expired"),
    ("issued", "renewed"),
}


@pytest.mark.parametrize(("start", "end"), list(product(SealState, SealState)))
def test_a_seal_moves_only_as_its_table_says(start: SealState, end: SealState) -> None:
    assert SEALS.may_move(start, end) is ((start.value, end.value) in MOVES)


def test_what_has_ended_stays_so() -> None:
    assert SEALS.beginning is SealState.APPLIED
    assert SEALS.ends == {SealState.REJECTED, SealState.REVOKED, SealState.EXPIRED, SealState.RENEWED}


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (SealKind.AUDIT, "示例市旅发委（旅游局）", "示例市旅发委（旅游局）旅游团队名单表审核专用章"),
        (SealKind.REPORT, "示例旅行社", "示例旅行社团队名单表报送专用章"),
    ],
)
def test_a_seal_says_what_the_work_schedule_asks_for(kind: SealKind, name: str, text: str) -> None:
    assert face_of(kind, name).title == text


def signature(verdict: SealVerdict, covers: str = "entire_revision") -> CheckedSignature:
    reading = SignatureReading(field="audit-1", is_intact=True, is_certified=True, covers=covers)
    return CheckedSignature(reading=reading, verdict=verdict)


VALID, LAST = signature(SealVerdict.VALID), signature(SealVerdict.VALID, "entire_file")


@pytest.mark.parametrize(
    ("signatures", "verdict"),
    [
        ((), SealVerdict.UNSIGNED),
        ((LAST,), SealVerdict.VALID),
        ((VALID, LAST), SealVerdict.VALID),
        ((VALID,), SealVerdict.ALTERED),
        ((signature(SealVerdict.REVOKED), LAST), SealVerdict.REVOKED),
        ((signature(SealVerdict.REVOKED), signature(SealVerdict.FOREIGN), LAST), SealVerdict.FOREIGN),
        ((signature(SealVerdict.FOREIGN), signature(SealVerdict.ALTERED), LAST), SealVerdict.ALTERED),
    ],
)
def test_a_file_is_worth_what_its_worst_signature_is(
    signatures: tuple[CheckedSignature, ...], verdict: SealVerdict
) -> None:
    assert verdict_on_all(signatures) is verdict
