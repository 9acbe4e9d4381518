from __future__ import annotations

import json as stdlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Unreadable
from adapters.formats import json as reader
from adapters.formats import strict_json
from adapters.formats.options import Read
from tests.unit.adapters.helpers import codes, good, records

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "code", "locator"),
    [
        (b"", "FORMAT-001", ""),
        (b"  ", "FORMAT-001", ""),
        (b'{"a":1,"a":1}', "FORMAT-011", "/a"),
        (b'{"a":[{"b":1,"\\u0062":2}]}', "FORMAT-011", "/a/0/b"),
        (b'{"a:b":1,"a\\u003ab":2}', "FORMAT-011", "/a:b"),
        (b'{"a":NaN}', "FORMAT-012", "line 1, column 6"),
        (b'{"a":-Infinity}', "FORMAT-012", "line 1, column 7"),
        (b'{"a":"\\ud800"}', "FORMAT-013", "line 1, column 7"),
        (b'{"a":{"b":"x\\u0000"}}', "FORMAT-005", "/a/b"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "FORMAT-003", ""),
        (b'{"a":1', "FORMAT-010", "line 1, column 7"),
    ],
)
def test_a_document_is_refused_with_code_and_place(raw: bytes, code: str, locator: str) -> None:
    with pytest.raises(Unreadable) as failure:
        strict_json.loads(raw)
    assert (failure.value.finding.code, failure.value.finding.locator) == (code, locator)


def test_an_escaped_backslash_before_u0000_is_no_null_character() -> None:
    assert strict_json.loads(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


def test_thirty_two_levels_are_allowed() -> None:
    raw = b'{"a":' * 32 + b"1" + b"}" * 32
    assert strict_json.loads(raw)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_other_encodings_are_tolerated(encoding: str) -> None:
    assert good(records("json", '[{"姓名":"䶮㛃𬱟"}]'.encode(encoding))) == [{"姓名": "䶮㛃𬱟"}]


@given(ANY_JSON)
def test_whatever_has_unique_keys_is_read_as_the_standard_library_reads_it(value: object) -> None:
    text = stdlib.dumps(value, ensure_ascii=False)
    if "\0" in str(value) or "\\u0000" in text:
        return
    assert strict_json.loads(text.encode()) == value


@given(st.dictionaries(st.text('ab:\\"', max_size=3), st.text(":{}", max_size=3), min_size=1), st.data())
def test_a_repeated_key_never_goes_unnoticed(pairs: dict[str, str], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(pairs)))
    members = [*pairs.items(), (again, data.draw(st.text(":", max_size=3)))]
    raw = "{" + ",".join(f"{stdlib.dumps(k)}:{stdlib.dumps(v)}" for k, v in members) + "}"
    with pytest.raises(Unreadable):
        strict_json.loads(raw.encode())


def test_bad_lines_of_ndjson_are_rejected_alone() -> None:
    found = records("json", b'{"a":1}\n{"a":2,"a":3}\n\n{bad}\n5\n{"a":4}\n')
    assert good(found) == [{"a": 1}, {"a": 4}]
    assert codes(found) == ["FORMAT-011", "FORMAT-010", "FORMAT-007"]
    assert [record.locator for record in found] == ["line 1", "line 2", "line 4", "line 5", "line 6"]


def test_bad_elements_of_an_array_are_rejected_alone() -> None:
    found = records("json", b'[{"a":1},{"a":NaN},{"a":"]}\\"","b":{"c":[1]}}, {"a":1,"a":2}]')
    assert len(good(found)) == 2
    assert codes(found) == ["FORMAT-012", "FORMAT-011"]


def test_records_may_lie_deep_and_know_their_pointer() -> None:
    first, second = records("json", b'{"data":{"list":[{"x":{"y":1}},{"x":2}]}}', records="data.list")
    assert first.locate(("x", "y")) == "/data/list/0/x/y"  # type: ignore[union-attr]
    assert second.locator == "/data/list/1"
    with pytest.raises(Unreadable, match="FORMAT-006"):
        records("json", b"{}", records="data.list")


@pytest.mark.parametrize("chunk", [7, 64, 1 << 20])
@given(elements=st.lists(st.dictionaries(st.text(max_size=4), ANY_JSON, max_size=3), max_size=6))
def test_cutting_a_large_array_gives_the_same_as_parsing_it(chunk: int, elements: list[dict[str, object]]) -> None:
    import io

    from adapters.formats import json_elements

    raw = b" " + stdlib.dumps(elements).encode() + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_elements, "CHUNK", chunk)
        assert [stdlib.loads(part) for part in json_elements.array(io.BytesIO(raw))] == elements


@pytest.mark.parametrize("raw", [b'[{"a":1}', b'[{"a":1},', b'[{"a":1}}', b"[] x", b'["abc', b"[,"])
def test_a_broken_large_array_is_unreadable(raw: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "IN_MEMORY", 1)
    file = tmp_path / "large.json"
    file.write_bytes(raw)
    with pytest.raises(Unreadable, match="FORMAT-010"):
        list(reader.read(file, Read()))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(Unreadable):
        records("json", raw)
