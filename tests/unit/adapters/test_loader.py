from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping import loader, strict_yaml
from adapters.mapping.strict_yaml import BadConfiguration
from tests.unit.adapters.helpers import HEAD

FIELDS = "read: {format: json}\nfields:\n"


def refused(text: str) -> BadConfiguration:
    with pytest.raises(BadConfiguration) as failure:
        loader.parse(text)
    return failure.value


def test_every_scalar_is_a_string() -> None:
    document = strict_yaml.load("a: no\nb: 0123\nc: null\nd: 2017-08-04\ne: 1.0\nf:\n", "x")
    assert document.value == {"a": "no", "b": "0123", "c": "null", "d": "2017-08-04", "e": "1.0", "f": ""}


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ("{format: delimited}", "needs `header`"),
        ("{format: sheet, labels: [团号]}", "needs `header`"),
        ("{format: delimited, header: [a], columns: [a, b]}", "or none"),
        ("{format: delimited, columns: []}", "not valid|non-empty|too short"),
    ],
)
def test_a_table_says_how_its_heading_row_is_known(read: str, words: str) -> None:
    failure = refused(f"{HEAD}read: {read}\nfields:\n  a: {{from: a}}\n")
    assert failure.line == 3
    assert re.search(words, failure.message.en), failure.message


@pytest.mark.parametrize(
    ("fields", "line", "words"),
    [
        ("  a: {from: x}\n  a: {from: y}\n", 6, "appears twice"),
        ("  a: {from: x, form: y}\n", 5, "unknown key 'form'"),
        ("  a:\n    from: x\n    via: [cn_dat]\n", 7, "no cleaner is called 'cn_dat'"),
        ("  a: {via: [trim]}\n", 5, "not valid"),
        ("  A: {from: x}\n", 5, "does not match"),
        ("  a: {from: x}\n  a.b: {from: y}\n", 6, "inside another field"),
        ("  a: {from: x, lookup: nowhere}\n", 5, "no code list"),
        ("  a: {from: x, lookup: nowhere.csv}\n", 5, "own folder"),
        ("  a: {from: x, invalid: ignore}\n", 5, "not one of"),
        ("  a: {each: x, fields: {b: {from: y}}, via: [trim]}\n", 5, "either fields or cleaners"),
        ("  a: &anchor {from: x}\n", 5, "anchors"),
        ("  a: !!python/name:os.system {from: x}\n", 5, "tags"),
        ("  ? [a]\n  : {from: x}\n", 5, "plain text"),
        ("  a: {from: x\n", 6, ""),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(fields: str, line: int, words: str) -> None:
    failure = refused(HEAD + FIELDS + fields)
    assert failure.line == line
    assert words in failure.message.en


def test_unknown_keys_at_the_top_are_refused() -> None:
    assert refused(f"{HEAD}{FIELDS}  a: {{from: x}}\nfeilds: {{}}\n").line == 6


def test_a_key_must_be_a_field() -> None:
    assert "not among the fields" in refused(f"{HEAD}key: [b]\n{FIELDS}  a: {{from: x}}\n").message.en


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd.csv", ".hidden.csv", "sub/x.csv"])
def test_a_lookup_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.csv").write_text("from,to\na,b\n")
    with pytest.raises(BadConfiguration, match="own folder"):
        loader.parse(f"{HEAD}{FIELDS}  a: {{from: x, lookup: {name}}}\n", folder=tmp_path)


def test_a_lookup_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("from,to\na,b\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with pytest.raises(BadConfiguration, match="is a link"):
        loader.parse(f"{HEAD}{FIELDS}  a: {{from: x, lookup: link.csv}}\n", folder=tmp_path)


@pytest.mark.parametrize(
    ("table", "words"), [("a,b\n", "columns"), ("from,to\na,1\na,2\n", "appears twice"), ("", "columns")]
)
def test_a_lookup_table_is_checked(table: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(BadConfiguration, match=words):
        loader.parse(f"{HEAD}{FIELDS}  a: {{from: x, lookup: t.csv}}\n", folder=tmp_path)


@given(st.text(max_size=120))
def test_any_text_is_loaded_or_refused(text: str) -> None:
    for whole in (text, f"{HEAD}{FIELDS}{text}", f"{HEAD}{FIELDS}  a: {{from: {text}}}\n"):
        try:
            loader.parse(whole)
        except BadConfiguration as failure:
            assert failure.line >= 1  # noqa: PT017 - either way is right


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.text(max_size=10), min_size=1, max_size=4))
def test_no_text_of_a_mapping_becomes_code(sources: dict[str, str]) -> None:
    import yaml

    from adapters.mapping.generator import generate

    def written(value: str) -> str:
        return yaml.safe_dump({"from": f"{value}');x=1#\\"}, default_flow_style=True, default_style='"', width=10_000)

    nasty = [f"{key}: {written(value).strip()}" for key, value in sources.items()]
    try:
        mapping = loader.parse(f"{HEAD}{FIELDS}" + "".join(f"  {line}\n" for line in nasty))
    except BadConfiguration:
        return  # such as a source outside the record
    assert generate(mapping).convert({}, []) == {}
