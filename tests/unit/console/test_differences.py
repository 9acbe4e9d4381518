"""What differs, as a person reads it who has to decide."""

from __future__ import annotations

from typing import Any

from gateway.wording.differences import differences, in_words, only_exchanged
from gateway.wording.languages import EN, ZH
from gateway.wording.readable import shown_subkind
from schemas import catalog


def differing(pointer: str, ours: str | None, theirs: str | None) -> dict[str, Any]:
    title = catalog.kind("agency.v1").title(pointer)._asdict()
    return {"field": pointer, "title": title, "stored": ours, "sent": theirs}


def test_both_sides_are_named_and_codes_are_put_into_words() -> None:
    fields = [differing("/status", "active", None), differing("/outbound", "True", "False")]
    assert in_words("agency", fields, ZH) == ["状态：本平台 正常，对方 —", "经营出境业务：本平台 是，对方 否"]
    assert in_words("agency", fields, EN)[1] == "Outbound business: ours yes, theirs no"
    assert in_words("agency", fields)[0] == "状态 State: 本平台 ours 正常 Active, 对方 theirs —"


def test_values_that_differ_under_one_mask_are_said_to_differ() -> None:
    (shown,) = differences("agency", [differing("/principal", "吴**", "吴**")], EN)
    assert (shown.ours, shown.theirs, shown.note) == ("吴**", "吴**", "differs, masked alike")
    assert in_words("agency", [differing("/principal", "吴**", "吴**")], ZH)[0].endswith(
        "（掩码后显示相同，实际内容不同）"
    )


def test_how_a_record_was_exchanged_is_not_shown_as_content() -> None:
    exchanged = [differing("/revision", "1", "2"), differing("/unconfirmed", "True", None)]
    assert in_words("agency", [*exchanged, differing("/phone", "1", "2")], EN) == ["Telephone: ours 1, theirs 2"]
    assert in_words("agency", exchanged, ZH) == ["内容相同，仅版本号或变更时间不同"]
    assert only_exchanged(None, ZH) == "", "nobody has compared them"


def test_a_reason_why_a_record_cannot_be_read_is_told_with_its_code() -> None:
    finding = {"code": "MAP-040", "field": "/status", "title": {"zh": "状态", "en": "Status"}, "value": "x"}
    reason = finding | {"reason": {"zh": "代码未知", "en": "Unknown code"}}
    assert in_words("agency", [reason], EN) == ["[MAP-040] Status: Unknown code"]


def test_types_and_states_have_words() -> None:
    assert shown_subkind("agency", "domestic", ZH) == "国内和入境"
    assert shown_subkind("branch", "filed", EN) == "Filed"
    assert shown_subkind("filing", "change", EN) == "Change"
    assert shown_subkind("guide", "unlisted", EN) == "unlisted"
    assert shown_subkind("agency", None, EN) == "—"
