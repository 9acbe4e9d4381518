"""Whatever a clerk, an official or a developer reads: each language by itself, and the same values in both."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.catalog import kind
from schemas.loading import schema_names

ROOT = Path(__file__).parents[2]
HOUSES = ("schemas", "adapters", "gateway")
NOT_OURS = ROOT / "gateway" / "demo" / "systems"
PAIRS = {"Text": (0,), "value": (0,), "error": (1, 3), "warning": (1, 3), "_row": (2, 4)}
"""The calls that take Chinese and English side by side, and where each pair begins."""
READ = frozenset({".py", ".html", ".md", ".json"})
FINDERS = frozenset({"unreadable", "rejected", "found", "add", "Dirty", "spoil", "_note", "broken"})
NOT_IN_TEXT = frozenset({"locator", "value", "field", "encoding"})

TECHNICAL = """
JSON NDJSON XML CSV XLSX xlsx XLSB ODS FODS PDF HTML JPEG PNG WebP UTF-8 UTF-16 GB18030 GBK Big5 base64 MTOM multipart
ZIP SVG DOCTYPE NaN Infinity null true false SQL XPath XSD WSDL SOAP SFTP REST API HTTP TLS HMAC WS-Security
UsernameToken SOAPAction Envelope Header Body JWS JWKS JOSE SHA-256 QR URL https HTTPS Webhook Bearer
YIZHAN-HMAC YIZHAN2-HMAC-SHA256 YIZHAN2-HMAC-SM3 SM2 SM4 AES yizhan[sm] cryptography X.509
Idempotency-Key Retry-After Content-Digest Content-ID Allow GET POST PUT curl NTP
ISO GB/T GF ERP MB MiB MD5 A0 A4 ID PVG U+0000 GB xop:Include cid boundary JavaScript Excel LibreOffice RFC
YYYY-MM-DD PIN TOTP Word WPS ActiveX
"""
"""Words without a Chinese name that a developer would look for: formats, protocols, headers."""
PARAMETERS = """
amend atomic authentication code connector contractNumber encoding findings id key kind missing no
partner secret
"""
"""Names of parameters, operations and members of messages that are given as they are typed."""
SOURCE_WORDS = frozenset(["年", "月", "日", "男", "女", "是", "否"])
"""Chinese that somebody has to type, in an English text."""
LANGUAGES = frozenset({("zh-CN", "en"), ("en", "zh-CN"), ("English", "中文")})
"""The switch between the two languages names the other one."""

QUOTED = re.compile(
    r"“[^”]*”|`[^`]*`|<code>.*?</code>|<[^>]*>|application/problem\+json|\byizhan [a-z ]*[a-z]|\{\"[^，。]*"
)
PLACEHOLDER = re.compile(r"\{([^{}\"!:]+)[^{}\"]*\}")
TEMPLATE_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
TEMPLATE_PAIR = re.compile(r"\[\[((?:(?!\]\]|\|\|).)*)\|\|((?:(?!\]\]).)*)\]\]", re.DOTALL)
IDENTIFIER = re.compile(
    r"[A-Za-z0-9_]*[_=/.][A-Za-z0-9_=/.{}@:-]*|--[a-z-]+|\bL-[A-Z]{2}-\w+|\bGF-[0-9-]+|\bD-[0-9-]+|\bDZG\w+"
)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9.:+-]*[A-Za-z0-9]")
CHINESE = re.compile(r"[\u3400-\u9fff]+")


UNOFFICIAL = {
    "提醒": "告警, 提示 or 催办",
    "警告(?!或通报批评)": "提示",  # a penalty is called so by the law (行政处罚法, article 9)
    "裁定": "核定",
    "(?<!版本)冲突": "版本冲突",
    "登记属实": "平台有此登记记录",
    "真实或不实": "属实或不属实",
}
"""What is not said, and what is said instead."""


class Said(NamedTuple):
    place: str
    zh: str
    en: str


def in_code() -> Iterator[Said]:
    """Every pair that the code of the houses holds."""
    for path, call in calls(HOUSES):
        for first in PAIRS.get(called(call.func), ()):
            words = [text for argument in call.args[first : first + 2] if (text := as_said(argument))]
            if len(words) == 2:
                yield Said(f"{path.relative_to(ROOT)}:{call.lineno}", words[0], words[1])


@cache
def calls(houses: tuple[str, ...]) -> list[tuple[Path, ast.Call]]:
    paths = sorted(path for house in houses for path in (ROOT / house).rglob("*.py"))
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths if NOT_OURS not in path.parents]
    return [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def as_said(node: ast.expr) -> str | None:
    """A text of the code with `{name}` for each value that is put into it; None for what is no literal."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(as_said(part) or "" for part in parts)
        case ast.FormattedValue(value=value):
            return f"{{{name_of(value)}}}"
        case _:
            return None


def name_of(value: ast.expr) -> str:
    """What is put into a text, in whichever of the two languages: `title` of `title.zh` and `title.en.lower()`."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    names += [node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)]
    return " ".join(sorted({*names} - {"zh", "en", "lower", "join"}))


def in_templates() -> Iterator[Said]:
    for path in sorted((ROOT / "gateway").rglob("templates/**/*.html")):
        text = TEMPLATE_CODE.sub(
            lambda code: "{" + " ".join(re.findall(r"\b(?!zh|en)\w+", code[0])) + "}", path.read_text("utf-8")
        )
        for zh, en in TEMPLATE_PAIR.findall(text):
            if (zh, en) in LANGUAGES:
                continue
            yield Said(str(path.relative_to(ROOT)), zh, en)


def in_code_lists() -> Iterator[Said]:
    for path in sorted((ROOT / "schemas" / "codelists").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield Said(f"{path.name}:{row['code']}", row["zh"], row.get("en", ""))


def in_schemas() -> Iterator[Said]:
    for path in sorted((ROOT / "schemas").glob("*.json")):
        yield from of_schema(path.name, json.loads(path.read_text(encoding="utf-8")))


def of_schema(place: str, node: Any) -> Iterator[Said]:
    if isinstance(node, list):
        node = dict(enumerate(node))
    if not isinstance(node, dict):
        return
    for member in ("title", "description"):
        if isinstance(node.get(member), str) and f"{member}:en" in node:
            yield Said(place, node[member], node[f"{member}:en"])
    for name, inner in node.items():
        yield from of_schema(f"{place}/{name}", inner)


def values_put_in() -> Iterator[Said]:
    """What the code puts into the placeholders of a finding, alike in both languages unless it is a `Text`."""
    for path, call in calls(("schemas", "adapters")):
        if called(call.func) in FINDERS:
            for keyword in call.keywords:
                if keyword.arg not in NOT_IN_TEXT and (text := as_said(keyword.value)):
                    yield Said(f"{path.relative_to(ROOT)}:{call.lineno}", text, text)


SOURCES: dict[str, Callable[[], Iterator[Said]]] = {
    "code": in_code,
    "templates": in_templates,
    "code lists": in_code_lists,
    "schemas": in_schemas,
}


@cache
def allowed() -> frozenset[str]:
    """What may stand in a Chinese text as it is; the names of fields among it."""
    paths = [field.path for kind_id in schema_names() for field in kind(kind_id).fields()]
    return (
        frozenset(TECHNICAL.split())
        | frozenset(PARAMETERS.split())
        | {part for path in paths for part in path.split("/")}
    )


def english_in(zh: str) -> list[str]:
    """The English words of a Chinese text."""
    bare = PLACEHOLDER.sub(" ", QUOTED.sub(" ", zh))
    return [word for word in WORD.findall(IDENTIFIER.sub(" ", bare)) if word not in allowed()]


@cache
def read_by_people() -> list[tuple[str, str]]:
    """Every file whose Chinese somebody reads: code, pages, schemas and the guides."""
    folders = (*HOUSES, "dags", "docs")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in READ]
    return [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in (*paths, ROOT / "README.zh-CN.md")]


def unquoted_in(zh: str) -> list[str]:
    """What a program said in its own words, and nobody has put in quotation marks."""
    return [name for name in PLACEHOLDER.findall(QUOTED.sub(" ", zh)) if name.partition(" ")[0] == "error"]


def chinese_in(en: str) -> list[str]:
    return [word for word in CHINESE.findall(PLACEHOLDER.sub(" ", QUOTED.sub(" ", en))) if word not in SOURCE_WORDS]


ERRORS = frozenset(
    {"Retriable", "Fatal", "Barred", "Changed", "Conflict", "TokenExpired", "Undeliverable", "AddressRefused"}
)
"""What is raised with a `Text`, because people are shown it."""


def plain_words(calls_made: Iterable[ast.Call]) -> list[str]:
    """What errors are given that is words in one language: a literal, or what `str` makes of something."""
    given = [(call, call.args[0]) for call in calls_made if called(call.func) in ERRORS and call.args]
    return [
        ast.unparse(call)
        for call, said in given
        if as_said(said) is not None or (isinstance(said, ast.Call) and called(said.func) == "str")
    ]


BAD = {
    "该记录已 void": "It is void",
    "状态为 generated": "It is generated",
    "PDF 超过 more than 60 pages": "It is too long",
    "超过 {limit} rows": "More than {limit} rows",
    "请核对": "Check 核对",
    "共 {rows} 行": "There are {count} rows",
    "应为 {shown}": "It is something else",
    "无法送达：{error}": "It cannot be delivered: {error}",
}
GOOD = {
    "请加参数 amend=true 提交变更": "Submit it with amend=true",
    "填写 leader.name 和领队证号": "Give leader.name and the certificate",
    "字段“void”重复": "void stands twice",
    "请写成 2017年8月4日": "Write 2017年8月4日",
    "请用 UTF-8 或 GB18030 保存（见 GET /v1/connectors）": "Save as UTF-8 (GET /v1/connectors)",
    "改为 {days}，或改正日期": "Make it {days!r}, or correct the dates",
    "请联系平台（yizhan partner agencies add）": "Ask (yizhan partner agencies add)",
}


def flaws(said: Said) -> list[str]:
    found = [f"English in Chinese: {word}" for word in english_in(said.zh)]
    found += [f"a program's own words without quotation marks: {name}" for name in unquoted_in(said.zh)]
    found += [f"Chinese in English: {word}" for word in chinese_in(said.en)]
    if set(PLACEHOLDER.findall(said.zh)) != set(PLACEHOLDER.findall(said.en)):
        found.append("other values in English than in Chinese")
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_each_language_stands_by_itself(source: str) -> None:
    said = list(SOURCES[source]())
    assert len(said) > 50
    assert [f"{each.place}: {flaw}: {each.zh} | {each.en}" for each in said for flaw in flaws(each)] == []


def test_no_english_word_is_put_into_a_chinese_sentence() -> None:
    put_in = list(values_put_in())
    assert len(put_in) > 5
    assert [f"{each.place}: {word}" for each in put_in for word in english_in(each.zh)] == []


def test_every_error_that_people_are_shown_has_both_languages() -> None:
    made = [call for _, call in calls(HOUSES)]
    assert sum(called(call.func) in ERRORS for call in made) > 60
    assert plain_words(made) == []


@pytest.mark.parametrize("planted", ["Fatal('it is gone')", "Barred(f'{x} is gone')", "errors.Retriable(str(e), 5.0)"])
def test_an_error_in_one_language_is_noticed(planted: str) -> None:
    assert plain_words(node for node in ast.walk(ast.parse(planted)) if isinstance(node, ast.Call)) == [planted]


@pytest.mark.parametrize(("zh", "en"), BAD.items())
def test_a_text_that_mixes_languages_is_noticed(zh: str, en: str) -> None:
    assert flaws(Said("planted", zh, en))


@pytest.mark.parametrize(("zh", "en"), GOOD.items())
def test_technical_words_and_names_are_no_mixture(zh: str, en: str) -> None:
    assert flaws(Said("planted", zh, en)) == []


@pytest.mark.parametrize(("term", "official"), UNOFFICIAL.items())
def test_one_official_term_stands_for_one_thing(term: str, official: str) -> None:
    found = [f"{place}: {official}" for place, text in read_by_people() if re.search(term, text)]
    assert found == []
