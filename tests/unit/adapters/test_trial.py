"""A document tried on a connector: every value beside its source, and what is left over on either side."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from adapters.canonical import canonical
from adapters.connector import load_connector
from adapters.mapping.compiler import Mapper
from adapters.trial import MOST_RECORDS, Trial, TriedField, attempt
from gateway.cli.trying import compare_folders, try_document
from gateway.onboarding.trial_report import report
from schemas import samples

ROOT = Path(__file__).parents[3] / "mappings"
_DAY = date(2017, 7, 28)


def tried(connector: str, document: str | bytes, kind: str | None = None) -> Trial:
    folder = ROOT / connector
    source = document if isinstance(document, bytes) else folder / "examples" / document
    return attempt(load_connector(folder), source, today=_DAY, kind=kind)


def field(trial: Trial, pointer: str) -> TriedField:
    (found,) = [each for record in trial.records for each in record.fields if each.pointer == pointer]
    return found


def edited(connector: str, name: str, edit: Callable[[dict[str, object]], object]) -> bytes:
    document = json.loads((ROOT / connector / "examples" / name).read_bytes())
    edit(document)
    return json.dumps(document).encode()


def test_each_value_stands_beside_its_source_with_what_made_it() -> None:
    trial = tried("shanhai", "form.xlsx")
    day = field(trial, "/exit_date")
    assert (day.source, day.place, day.value, day.made_by) == ("2017-08-04", "名单表!B5", "2017-08-04", ("cn_date",))
    port = field(trial, "/exit_port")
    assert (port.source, port.value, port.made_by) == ("北京首都国际机场", "PEK", ("look-up",))


@pytest.mark.parametrize(
    ("connector", "document", "pointer", "source", "value"),
    [
        ("lvy", "clean.json", "/contract_type", "A00001", "domestic"),
        ("huaxia", "contracts.xml", "/business_no", "HX-0001", "HX-0001"),
    ],
)
def test_sources_are_found_in_every_format(
    connector: str, document: str, pointer: str, source: str, value: str
) -> None:
    trial = tried(connector, document)
    found = next(each for each in trial.records[0].fields if each.pointer == pointer)
    assert (found.source, found.value) == (source, value)


def test_a_refused_value_is_shown_with_its_finding_where_it_stands() -> None:
    trial = tried("haixi", "unknown.json")
    price = field(trial, "/total_price")
    assert (price.source, price.value, [each.code for each in price.findings]) == ("面议", None, ["MAP-020"])
    assert trial.rejected == 1


def test_what_nobody_reads_is_told_with_samples() -> None:
    def add(document: dict[str, object]) -> None:
        document["shopGuide"] = {"level": "A", "empty": "", "none": None}
        document["touristsInfo"]["tourists"][0]["seat"] = "12F"  # type: ignore[index]

    trial = tried("lvy", edited("lvy", "clean.json", add))
    assert {each.way: (each.count, each.samples) for each in trial.unused} == {
        "shopGuide.level": (1, ["A"]),
        "touristsInfo.tourists[].seat": (1, ["12F"]),
    }
    assert not trial.is_clean


def test_a_column_that_nobody_reads_is_told_once_for_all_rows() -> None:
    lines = (ROOT / "laoqiao/examples/export.csv").read_bytes().decode("gb18030").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("合同号"))
    made = [
        f"{line},{'舱位' if number == at else f'Y{number}'}" if number >= at else line
        for number, line in enumerate(lines)
    ]
    trial = tried("laoqiao", "\n".join(made).encode("gb18030"))
    (unused,) = [each for each in trial.unused if each.way == "舱位"]
    assert unused.count > 1
    assert len(unused.samples) <= 3


def test_sources_that_stand_nowhere_are_told_unless_they_are_known_to_be_rare() -> None:
    trial = tried("lvy", edited("lvy", "clean.json", lambda document: document.pop("cost")))
    assert "cost.totalCost" in trial.absent
    assert "signatory.signingPlace" not in trial.absent


def test_codes_that_no_look_up_lists_are_counted() -> None:
    trial = tried("haixi", "unknown.json")
    assert [(code.title.en, code.value, code.count) for code in trial.missing_codes] == [
        ("Contract type", "XX2099", 1),
        ("Template", "XX2099", 1),
        ("Document type", "77", 1),
    ]


def test_a_document_that_cannot_be_read_is_told_as_such() -> None:
    trial = tried("laoqiao", b"\0\1\2" * 50)
    assert trial.unreadable is not None
    assert (trial.records, trial.is_clean) == ([], False)


def test_all_are_counted_and_the_first_are_shown() -> None:
    body = json.dumps([samples.contract(number) for number in range(MOST_RECORDS + 5)]).encode()
    trial = attempt(canonical("contract.v1"), body, today=_DAY)
    assert (trial.accepted, len(trial.records), trial.is_cut) == (MOST_RECORDS + 5, MOST_RECORDS, False)
    assert attempt(canonical("contract.v1"), body, today=_DAY, most=7).is_cut


def test_a_canonical_document_is_its_own_source() -> None:
    body = json.dumps(samples.contract(1) | {"unheard_of": 1}).encode()
    trial = attempt(canonical("contract.v1"), body, today=_DAY)
    assert field(trial, "/unheard_of").findings[0].is_error
    assert field(trial, "/total_price").source == field(trial, "/total_price").value


def test_the_terminal_tells_by_its_status_whether_anything_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    def run(document: str, **options: object) -> int:
        given = {"page": None, "as_json": False, "records": 1, "watch": False} | options
        folder = ROOT / "lvy"
        return try_document(folder, folder / "examples" / document, None, **given)  # type: ignore[arg-type]

    assert run("clean.json") == 0
    assert "cost.totalCost" not in capsys.readouterr().out
    assert run("batch.json", as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["rejected"] > 0
    assert told["dry_run"] is True


def test_the_page_shows_hostile_words_as_words(tmp_path: Path) -> None:
    trial = tried(
        "lvy", edited("lvy", "clean.json", lambda document: document.update(extra="<script>alert(1)</script>"))
    )
    page = report(trial, "<b>.json")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;.json" in page


def test_a_changed_folder_is_held_against_the_old_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = ROOT / "lvy", tmp_path / "lvy"
    for file in (each for each in old.rglob("*") if each.is_file()):
        (new / file.relative_to(old)).parent.mkdir(parents=True, exist_ok=True)
        (new / file.relative_to(old)).write_bytes(file.read_bytes())
    documents = [old / "examples/clean.json"]
    assert compare_folders(old, new, documents, None) == 0
    mapping = new / "contract.yaml"
    mapping.write_text(
        mapping.read_text("utf-8").replace("{from: itinerary.routeName}", "{from: itinerary.groupId}"), "utf-8"
    )
    capsys.readouterr()
    assert compare_folders(old, new, documents, None) == 1
    assert "/outcomes/0/body/route_name: " in capsys.readouterr().out


def test_however_much_comes_what_is_told_is_bounded_and_says_so() -> None:
    def add(document: dict[str, object]) -> None:
        document |= {f"unknown{number}": "x" for number in range(3000)}
        tourists = document["touristsInfo"]["tourists"]  # type: ignore[index]
        tourists += [tourists[0]] * 6000

    trial = tried("lvy", edited("lvy", "clean.json", add))
    assert (len(trial.unused), trial.more_unused) == (500, 2500)
    assert sum(len(record.fields) for record in trial.records) == 25_000
    assert trial.records[0].more > 10_000
    told = trial.as_dict()
    assert (told["more_unused"], told["records"][0]["more_fields"]) == (2500, trial.records[0].more)
    assert len(json.dumps(told)) < 12_000_000
    page = report(trial, "lvy")
    assert f"and {trial.more_unused} more values" in page


def test_a_list_is_walked_once_however_many_of_its_fields_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def add(document: dict[str, object]) -> None:
        tourists = document["touristsInfo"]["tourists"]  # type: ignore[index]
        tourists += [tourists[0]] * 400

    connector = load_connector(ROOT / "lvy")
    route = connector.route("contract")
    assert isinstance(route, Mapper)
    made: list[int] = []

    def counted(item: Callable[..., object]) -> Callable[..., object]:
        def count(*given: object) -> object:
            made.append(1)
            return item(*given)

        return count

    for name, item in route.program.items.items():
        monkeypatch.setitem(route.program.items, name, counted(item))
    trial = attempt(connector, edited("lvy", "clean.json", add), today=_DAY)
    assert len(trial.records[0].fields) > 2000
    assert len(made) < 2000, "once an element, be it several times for the record"
