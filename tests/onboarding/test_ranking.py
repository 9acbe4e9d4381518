"""What a field may be taken from: each candidate is an entry that a mapping can have as it stands."""

from __future__ import annotations

import json

import pytest

from adapters.drafting.ranking import Ranked, ranked
from adapters.mapping.editing import with_entry
from adapters.mapping.loader import parse
from schemas.catalog import kind

_BEGUN = "mapping: a.roster@1\ntarget: roster.v1\nread: {format: json, records: $}\nfields:\n  group_no: {from: x}\n"
_GROUP = {
    "团号": "A-1",
    "目的地国家": ["泰国", "老挝"],
    "出发 日期": "2026-12-01",
    "游客: 名单": [{"姓名": "赵示例", "证件类型": "1", "证件号码": "11010519491231002X"}],
}


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> list[Ranked]:
    sample = tmp_path_factory.mktemp("sample") / "a.json"
    sample.write_text(json.dumps([_GROUP, _GROUP | {"团号": "A-2"}], ensure_ascii=False), "utf-8")
    return ranked(sample, kind("roster.v1"))


def test_every_candidate_can_be_written_as_it_stands(fields: list[Ranked]) -> None:
    """Names with colons and blanks are quoted, look-ups are lists that there are."""
    written = 0
    for field in fields:
        for candidate in field.candidates:
            parse(with_entry(_BEGUN, field.target, candidate.entry, candidate.each).text)
            written += 1
    assert written > 20


def test_a_list_is_named_as_a_mapping_writes_it(fields: list[Ranked]) -> None:
    (best, *_) = next(field for field in fields if field.target == "travellers/name").candidates
    assert (best.source, best.each) == ("游客: 名单/姓名", {"travellers": '"游客: 名单"'})
