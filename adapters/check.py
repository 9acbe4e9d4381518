"""Is a partner folder fit for service? Everything that can be known without the partner, said in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from adapters.connector import Connector, Route, load_connector
from adapters.differences import differences
from adapters.envelope import CanonicalRecord, Outcome
from adapters.errors import Fatal, Unreadable
from adapters.formats.source import Source
from adapters.mapping.cleaners import GIVES
from adapters.mapping.compiler import Mapper
from adapters.mapping.nearest import meant
from adapters.mapping.outward_check import check_outward
from adapters.mapping.spec import Each, Field, Take
from adapters.mapping.spec import Mapping as MappingFile
from adapters.mapping.strict_yaml import at_line
from adapters.reading import Account, read
from adapters.source_check import check_sources
from schemas.catalog import Kind
from schemas.findings import Text

EXPECTED = ".expected.json"
_MOST_DIFFERENCES = 50
SAMPLE_ACCOUNT = {"name": "示例国际旅行社有限公司", "license_no": "L-BJ-CJ00144", "uscc": "91350100M000100Y43"}
TODO = "TODO"
"""What a draft writes where a person has to decide; no canonical value is called so."""
_MOST_CODES = 20


def check_connector(folder: Path) -> list[Text]:
    """Problems of one partner folder, empty when there are none: configuration, coverage, golden examples."""
    try:
        connector = load_connector(folder)
    except Fatal as error:
        return [error.text]
    name, problems = connector.id, list[Text]()
    if connector.partner == TODO:
        told = Text(f"{name}：“{TODO}”待填写对接方全称（connector.yaml）", f"{name}: {TODO} partner (connector.yaml)")
        problems.append(told)
    for route in connector.routes.values():
        if isinstance(route, Mapper):
            problems += check_mapping(route)
            problems += todos(route.mapping)
            problems += check_sources(route, examples_of(connector, route.kind.name))
    for outward in connector.outward.values():
        problems += check_outward(outward)
    return problems + check_examples(connector)


def check_mapping(mapper: Mapper) -> list[Text]:
    """Targets that the schema does not have or wants otherwise, and required fields that nothing fills."""
    mapping, kind = mapper.mapping, mapper.kind
    mapped = dict(_targets(mapping.fields, ""))
    problems = [
        at_line(mapping.name, entry.line, message)
        for path, entry in mapped.items()
        if (message := _misfit(path, entry, kind))
    ]
    for field in kind.fields():
        wanted = field.required and _present(field.parent, mapped)
        if wanted and not _present(field.path, mapped):
            name, path, title = mapping.name, field.path, field.title
            told = Text(
                f"{name}：必填项“{path}”（{title.zh}）没有映射",
                f"{name}: required field {path} ({title.en}) is not mapped",
            )
            problems.append(told)
    return problems


def todos(mapping: MappingFile) -> list[Text]:
    """What a draft has left to a person: constants, and codes that nobody has explained."""
    return [at_line(mapping.name, line, what) for line, what in _todos(mapping.fields, "")]


def _todos(entries: tuple[Field | Each, ...], above: str) -> Iterator[tuple[int, Text]]:
    for entry in entries:
        path = f"{above}/{entry.target.replace('.', '/')}"
        if isinstance(entry, Each):
            yield from _todos((*entry.fields, *filter(None, (entry.item,))), path)
            continue
        if entry.const == TODO:
            yield entry.line, Text(f"“{TODO}”待填写常量：“{path}”", f"{TODO} {path}: a constant")
        codes = [code for code, meaning in (entry.lookup or {}).items() if meaning == TODO]
        if codes:
            shown = codes[:_MOST_CODES]
            zh, en = "、".join(f"“{code}”" for code in shown), ", ".join(map(repr, shown))
            told = Text(f"“{TODO}”待填写“{path}”的代码 {zh} 的含义", f"{TODO} {path}: what {en} means")
            yield entry.line, told


def check_examples(connector: Connector) -> list[Text]:
    """Golden examples whose outcome is not the expected one."""
    found = list(examples(connector.folder)) if connector.folder else []
    if not found:
        name = connector.id
        return [Text(f"{name}：examples/ 中没有示例", f"{name}: no golden example in examples/")]
    return [problem for example in found for problem in check_example(connector, example)]


def check_example(connector: Connector, example: Path) -> list[Text]:
    """Every difference between what one golden example gives and what its expected file says."""
    name, file = connector.id, example.name
    if not expected(example).is_file():
        missing = expected(example).name
        return [Text(f"{name}：{file}：缺少 {missing}", f"{name}: {file}: {missing} is missing")]
    wanted = orjson.loads(expected(example).read_bytes())
    today, kind = date.fromisoformat(wanted["today"]), wanted.get("kind")
    actual = outcome_of(connector, example, today, kind, account=wanted.get("account"))
    found = [
        Text(f"{name}：{file}：结果与预期不符：“{difference}”", f"{name}: {file}: {difference}")
        for difference in differences(wanted, actual)
    ]
    more = len(found) - _MOST_DIFFERENCES
    if more <= 0:
        return found
    return [
        *found[:_MOST_DIFFERENCES],
        Text(f"{name}：{file}：另有 {more} 处不符", f"{name}: {file}: and {more} more"),
    ]


def write_expected(connector: Connector, today: date) -> dict[Path, dict[str, Any]]:
    """Write what every golden example gives now where its expected file says otherwise or is missing, and what that is.

    An example keeps the day that its expected file was written for; a new one is of `today`.
    """
    written = {}
    for example in examples(connector.folder) if connector.folder else ():
        file, day, kind = expected(example), today, kind_of(connector, example)
        account = account_of(connector.route(kind))
        before = orjson.loads(file.read_bytes()) if file.exists() else None
        if before is not None:
            day, kind, account = date.fromisoformat(before["today"]), before.get("kind"), before.get("account")
        found = outcome_of(connector, example, day, kind, account=account)
        if found != before:
            file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
            written[file] = found
    return written


def account_of(route: Route) -> Account | None:
    """Who is taken to have sent an example, where its mapping asks for that."""
    return SAMPLE_ACCOUNT if isinstance(route, Mapper) and route.needs_account else None


def counted(outcome: dict[str, Any]) -> tuple[int, int, dict[str, int]]:
    """Of what a document gives: how many records are accepted and rejected, and how often each problem was found."""
    outcomes = outcome.get("outcomes", [])
    accepted = sum(each["accepted"] for each in outcomes)
    codes = [finding["code"] for each in outcomes for finding in each["findings"]]
    if "unreadable" in outcome:
        codes.append(outcome["unreadable"])
    return accepted, len(outcomes) - accepted, dict(sorted(Counter(codes).items()))


def examples(folder: Path) -> Iterator[Path]:
    """The documents in a partner folder's examples/, without their expected files."""
    return (file for file in sorted((folder / "examples").glob("*.*")) if not file.name.endswith(EXPECTED))


def examples_of(connector: Connector, kind: str) -> list[Path]:
    """The golden examples that hold records of a kind."""
    found = examples(connector.folder) if connector.folder else ()
    return [example for example in found if kind_of(connector, example) in (None, kind)]


def expected(example: Path) -> Path:
    return example.with_suffix(EXPECTED)


def kind_of(connector: Connector, example: Path) -> str | None:
    """What an example holds, by the beginning of its name (`agency-dirty.json`); None when there is only one kind."""
    if len(connector.routes) == 1:
        return None
    return re.split(r"[-.]", example.name)[0]


def outcome_of(
    connector: Connector,
    example: Source,
    today: date,
    kind: str | None = None,
    *,
    account: Account | None = None,
) -> dict[str, Any]:
    """What a document gives, in the form of an expected file; `account` is the agency that is taken to have sent it."""
    result: dict[str, Any] = {"today": today.isoformat()}
    if kind:
        result["kind"] = kind
    if account:
        result["account"] = dict(account)
    try:
        outcomes = read(example, connector, today=today, kind=kind, account=account)
        result["outcomes"] = list(map(_as_dict, outcomes))
    except Unreadable as failure:
        result["unreadable"] = failure.finding.code
    return orjson.loads(orjson.dumps(result))


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    findings = [
        {name: value for name, value in finding.as_dict().items() if name in _SHOWN} for finding in outcome.findings
    ]
    told: dict[str, Any] = {"locator": outcome.locator, "findings": findings}
    if isinstance(outcome, CanonicalRecord):
        return {"accepted": True, **told, "body": outcome.body}
    return {"accepted": False, **told}


_SHOWN = frozenset({"code", "severity", "field", "locator", "value"})


def _targets(entries: tuple[Field | Each, ...], above: str) -> Iterator[tuple[str, Field | Each]]:
    for entry in entries:
        path = f"{above}/{entry.target.replace('.', '/')}"
        yield path, entry
        if isinstance(entry, Each):
            yield from _targets(entry.fields, f"{path}/*")


def _present(path: str, mapped: dict[str, Any]) -> bool:
    return not path or any(target == path or target.startswith(f"{path}/") for target in mapped)


def _misfit(path: str, entry: Field | Each, kind: Kind) -> Text | None:
    """Why an entry cannot fill its target."""
    try:
        wanted = kind.schema_at(path)["type"]
        inner = kind.schema_at(path)["items"]["type"] if wanted == "array" else None
    except KeyError:
        name = kind.id
        told = Text(f"{name} 没有字段“{path}”", f"{name} has no field {path}")
        return meant(told, path, (field.path for field in kind.fields()))
    if isinstance(entry, Field) and entry.form and entry.form.take is Take.INFER and not _is_document_type(path, kind):
        return Text(
            f"“{path}”不是证件类型，不能由号码推断",
            f"{path} is no type of document: it cannot be inferred from a number",
        )
    if isinstance(entry, Field):
        given = _gives(entry)
        told = f"“{path}”应为“{wanted}”，清洗函数给出“{given}”", f"{path} is {wanted}, its cleaners give {given}"
        return None if given == wanted else Text(*told)
    if wanted != "array":
        return Text(f"“{path}”应为“{wanted}”，不是列表", f"{path} is {wanted}, not a list")
    given = "object" if entry.fields else _gives(entry.item or Field(""))
    told = f"“{path}”的元素应为“{inner}”，不是“{given}”", f"items of {path} are {inner}, not {given}"
    return None if given == inner else Text(*told)


def _is_document_type(path: str, kind: Kind) -> bool:
    field = kind.field(path)
    return field is not None and field.codelist == "document_types"


def _gives(entry: Field) -> str:
    """JSON type of what a field's cleaners give, or its form."""
    form = entry.form
    if form is not None and (form.take is Take.COUNT or form.has is not None):
        return "integer" if form.has is None else "boolean"
    return "string" if entry.lookup is not None or not entry.via else GIVES.get(entry.via[-1], "string")
