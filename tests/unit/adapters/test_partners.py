from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from adapters.check import check_connector, check_mapping, write_expected
from adapters.connector import load_connector, load_connectors
from adapters.errors import Fatal
from adapters.mapping import loader, strict_yaml
from adapters.mapping.compiler import Mapper
from adapters.testing import Case, cases, passes
from tests.unit.adapters.helpers import HEAD

ROOT = Path(__file__).parents[3] / "mappings"
SCHEMA, OUTWARD_SCHEMA = (
    json.loads((Path(loader.__file__).parent / name).read_text("utf-8"))
    for name in ("mapping.schema.json", "outward.schema.json")
)


@pytest.mark.parametrize("case", cases(ROOT), ids=str)
def test_partner_folder_conforms(case: Case) -> None:
    passes(case)


@pytest.mark.parametrize("file", sorted(ROOT.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_published_schema_accepts_every_mapping(file: Path) -> None:
    if file.name != "connector.yaml":
        schema = OUTWARD_SCHEMA if file.name.startswith("push.") else SCHEMA
        Draft202012Validator(schema).validate(strict_yaml.load(file.read_text("utf-8"), file.name).value)


@pytest.mark.parametrize("schema", [SCHEMA, OUTWARD_SCHEMA], ids=["mapping", "outward"])
def test_the_published_schema_is_a_schema(schema: dict[str, object]) -> None:
    Draft202012Validator.check_schema(schema)


def test_all_partners_load() -> None:
    pushing = {"haixi", "haiyan", "huaxia", "laoqiao", "lvy", "lvy_team", "qingteng", "shanhai", "wanfeng", "wuyi"}
    assert set(load_connectors(ROOT)) == pushing | {"donghai", "jiangnan", "minjiang"}


def test_a_mapping_is_checked_against_its_schema() -> None:
    fields = "  business_no: {from: a}\n  nonsense: {from: b}\n  headcount: {from: c}\n  agency.name: {from: d}\n"
    fields += "  travellers: {each: e}\n  route_name: {each: f, fields: {x: {from: y}}}\n"
    found = check_mapping(Mapper(loader.parse(f"{HEAD}read: {{format: json}}\nfields:\n{fields}")))
    problems = "\n".join(each.en for each in found)
    assert "has no field /nonsense" in problems
    assert "/headcount is integer" in problems
    assert "required field /agency/license_no" in problems
    assert "required field /total_price" in problems
    assert "/route_name is string, not a list" in problems
    assert "items of /travellers are object" in problems


def test_a_folder_without_examples_or_configuration_is_told_so(tmp_path: Path) -> None:
    assert "cannot be read" in check_connector(tmp_path)[0].en
    (tmp_path / "connector.yaml").write_text(
        "connector: xx\npartner: x\ntitle: {zh: x, en: x}\nchannel: push\nmappings: {contract: ../c.yaml}\n"
    )
    assert "connector.yaml:5" in check_connector(tmp_path)[0].en


def test_a_wrong_example_names_every_difference_until_it_is_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "lvy"
    for file in (ROOT / "lvy").rglob("*.*"):
        target = folder / file.relative_to(ROOT / "lvy")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    expected = folder / "examples" / "clean.expected.json"
    wanted = expected.read_text("utf-8")
    expected.write_text(wanted.replace("11940.50", "1.00").replace("SY-20170804-01", "SY-1"), "utf-8")
    problems = check_connector(folder)
    assert len(problems) == 2
    assert "/outcomes/0/body/group_no: 'SY-1' -> 'SY-20170804-01'" in problems[0].en
    assert "/outcomes/0/body/total_price: '1.00' -> '11940.50'" in problems[1].en
    assert [*write_expected(load_connector(folder), date(2030, 1, 1))] == [expected]
    assert orjson.loads(expected.read_bytes()) == orjson.loads(wanted), "it keeps its day"
    assert check_connector(folder) == []


def test_a_secret_is_named_never_written(tmp_path: Path) -> None:
    text = (ROOT / "lvy" / "connector.yaml").read_text("utf-8")
    (tmp_path / "connector.yaml").write_text(text + "credentials: hunter2\n", "utf-8")
    with pytest.raises(Fatal, match=r"connector.yaml:\d+: credentials"):
        load_connector(tmp_path)
