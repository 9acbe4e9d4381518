"""Texts in both languages, where there is one column for them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.alerts.rows import AlertCode, AlertRow
from gateway.base.bilingual import read_back, written
from schemas.findings import Text


@pytest.mark.parametrize("text", [Text("门户返回“busy”", "the portal answered busy"), Text("", ""), Text('"', "{}")])
def test_a_text_is_read_back_as_it_was_written(text: Text) -> None:
    assert read_back(written(text)) == text


def test_what_no_column_holds_is_shown_otherwise() -> None:
    assert read_back(written(Text("门户报告“a\0b”", "a\0b\ud800"))) == Text("门户报告“a␀b”", "a␀b?")


@pytest.mark.parametrize("column", ["interrupted", "", "{", "[1]", '{"zh": "一"}', '{"zh": 1, "en": 2}', "null"])
def test_plain_words_are_said_in_both_languages(column: str) -> None:
    assert read_back(column) == Text(column, column)


@pytest.mark.parametrize(
    ("detail", "zh", "en"),
    [
        ({"zh": "没有私钥", "en": "no key"}, "没有私钥", "no key"),
        ({"text": "no key"}, "no key", "no key"),
        ({}, "", ""),
    ],
)
def test_an_alert_is_shown_in_the_language_of_its_reader(detail: dict[str, str], zh: str, en: str) -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    row = AlertRow(
        id=UUID(int=1),
        tenant_id=1,
        division="330000",
        connector="donghai",
        code=AlertCode.PULL_STOPPED,
        subject="",
        detail=detail,
        times=1,
        first_at=now,
        last_at=now,
    )
    assert (row.text.zh, row.text.en) == (zh, en)
