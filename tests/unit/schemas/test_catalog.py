"""The catalog answers for every field, and its schemas are sound."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import jsonschema
import pytest

from adapters.mapping.cleaners.codelists import by_any_name
from schemas import samples
from schemas.catalog import kind, kinds
from schemas.codelists import codelist, codelists
from schemas.findings import Text
from schemas.structure import HANDLED_KEYWORDS

ALL = [each.id for each in kinds()]
_APPLICATORS = {"properties", "items"}


def schemas_below(node):
    yield node
    for child in node.get("properties", {}).values():
        yield from schemas_below(child)
    if "items" in node:
        yield from schemas_below(node["items"])


@pytest.mark.parametrize("kind_id", ALL)
def test_a_schema_satisfies_its_metaschema(kind_id):
    jsonschema.Draft202012Validator.check_schema(kind(kind_id).schema)


@pytest.mark.parametrize("kind_id", ALL)
def test_every_object_is_closed(kind_id):
    for node in schemas_below(kind(kind_id).schema):
        assert node["type"] != "object" or node["additionalProperties"] is False


@pytest.mark.parametrize("kind_id", ALL)
def test_every_assertion_of_a_schema_has_its_finding(kind_id):
    for node in schemas_below(kind(kind_id).schema):
        annotations = {name for name in node if name.startswith(("$", "title", "description", "examples", "x-"))}
        assert set(node) - annotations - _APPLICATORS <= HANDLED_KEYWORDS


@pytest.mark.parametrize("kind_id", ALL)
def test_every_field_is_described_in_both_languages(kind_id):
    for field in kind(kind_id).fields():
        assert all((*field.title, *field.description)), field.path
        assert field.description.en.isascii(), field.path


@pytest.mark.parametrize("kind_id", ALL)
def test_every_leaf_has_an_example_that_satisfies_it(kind_id):
    for field in kind(kind_id).fields():
        if field.is_leaf:
            checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
            jsonschema.Draft202012Validator(field.schema, format_checker=checker).validate(field.example)


PERSONAL = {
    "name_pinyin": "name",
    "birth_date": "birth",
    "health": "health",
    "mobile": "phone",
    "resident_id": "id_number",
}


@pytest.mark.parametrize("kind_id", ALL)
def test_personal_fields_carry_their_class(kind_id):
    for field in kind(kind_id).fields():
        assert field.name not in PERSONAL or field.pii == PERSONAL[field.name]
        assert not field.path.endswith("document/number") or field.pii == "id_number"


def test_both_validators_agree_on_samples():
    for kind_id, body in (("contract.v1", samples.contract(1)), ("roster.v1", samples.roster(1))):
        jsonschema.Draft202012Validator(kind(kind_id).schema).validate(body)


def test_indexes_in_a_pointer_are_ignored():
    contract = kind("contract.v1")
    assert contract.title("/travellers/12/document/number") == Text("证件号码", "Document number")
    assert contract.title("/travellers/0") == contract.title("/travellers")
    assert contract.title("") == Text("旅游电子合同", "Travel e-contract")
    assert contract.title("/no/such") == Text("such", "such")
    assert contract.pii("/travellers/3/name") == "name"
    assert contract.pii("/no/such") is None


def test_keys_and_names():
    assert kind("contract.v1").key == ("business_no",)
    assert kind("roster.v1").key == ("group_no",)
    assert (kind("roster.v1").name, kind("roster.v1").version) == ("roster", "v1")


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(KeyError) as raised:
        kind("contract.v9")
    assert {"agency.v1", "contract.v1", "roster.v1"} <= set(re.findall(r"[a-z]+\.v\d", str(raised.value)))


def test_importing_the_catalog_reads_no_file():
    program = (
        "import schemas.catalog, sys; from schemas.loading import _file; from schemas.codelists import codelist; "
        "sys.exit(_file.cache_info().currsize + codelist.cache_info().currsize)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", codelists())
def test_an_alias_means_one_code_and_stands_in_its_plain_form(name: str) -> None:
    words = codelist(name)
    meant: dict[str, set[str]] = {}
    for code in words:
        for alias in words.aliases(code):
            assert alias == unicodedata.normalize("NFKC", alias).strip() != ""
            assert words.code_of(alias) == code, "it is another entry's name"
            meant.setdefault(alias.casefold(), set()).add(code)
    assert {alias: codes for alias, codes in meant.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("name", "word", "code"),
    [
        ("document_types", "身份证", "resident_id"),
        ("document_types", "二代身份证", "resident_id"),
        ("document_types", "ID Card", "resident_id"),
        ("document_types", "因私普通护照", "passport"),
        ("document_types", "港澳通行证", "hk_macau_permit"),
        ("document_types", "回乡证", "home_return_permit"),
        ("document_types", "台胞证", "taiwan_compatriot_permit"),
        ("document_types", "户口本", "household_register"),
        ("document_types", "军官证", "military_id"),
        ("sex", "女士", "2"),
        ("sex", "M", "1"),
        ("contract_types", "国内游", "domestic"),
        ("roster_types", "出境团", "outbound"),
        ("passport_categories", "因私", "2"),
        ("document_types", "身份", None),
        ("document_types", "护", None),
        ("sex", "男孩", None),
    ],
)
def test_what_people_write_is_known_word_for_word(name: str, word: str, code: str | None) -> None:
    assert codelist(name).code_of(word) == code
    assert by_any_name(name).get(word.casefold()) == code


@pytest.mark.parametrize("name", codelists())
def test_a_code_list_has_words_for_each_code_and_finds_codes_by_words(name):
    words = codelist(name)
    assert all(text.zh and text.en for text in words.values())
    assert all(words.code_of(code) == code for code in words)


def test_codes_are_found_by_what_people_type():
    assert codelist("sex").code_of("男") == "1"
    assert codelist("document_types").code_of(" 护照 ") == "passport"
    assert codelist("countries").code_of("cn") == "CN"
    assert codelist("countries").code_of("Thailand") == "TH"
    assert codelist("ports").code_of("上海浦东国际机场") == "PVG"
    assert codelist("ports").code_of("月球") is None


def test_divisions_form_a_tree_to_county_level():
    divisions = codelist("divisions")
    assert divisions["110105"].zh == "朝阳区"
    assert divisions.row("110105")["level"] == "county"
    assert len(divisions) > 3200
    assert all(not (parent := divisions.row(code)["parent"]) or parent in divisions for code in divisions)


def test_countries_are_complete():
    countries = codelist("countries")
    assert len(countries) == 249
    assert len({countries.row(code)["alpha3"] for code in countries}) == 249


def test_an_unknown_code_list_is_an_error():
    with pytest.raises(KeyError):
        codelist("no_such_list")
