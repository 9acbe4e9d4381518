"""A draft from a sample: the bar on shapes of partners, a folder that loads, and nobody real in it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from adapters.check import check_connector
from adapters.connector import load_connector
from adapters.drafting.folder import draft
from adapters.drafting.samples import layouts
from gateway.cli.main import app
from schemas.catalog import kind
from tests.onboarding.figures import PAGE, Drafted, Measured, drafted, measured, page, path_of
from tests.onboarding.shapes import PARTS, Shape, same_place, shapes

ALL = [shape for part in PARTS for shape in shapes(part)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Drafted]:
    room = tmp_path_factory.mktemp("shapes")
    return {(shape.part, shape.name): drafted(shape, room) for shape in ALL}


@pytest.fixture(scope="module")
def results(folders: dict[tuple[str, str], Drafted]) -> list[Measured]:
    return [measured(each) for each in folders.values()]


def share(results: list[Measured], part: str, name: str) -> float:
    found = [each for each in results if each.shape.part == part]
    return sum(getattr(each, name) for each in found) / sum(each.fields for each in found)


@pytest.mark.parametrize(("part", "three"), {**dict.fromkeys(PARTS, 0.95), "strangers": 0.92}.items())
def test_fields_are_right_the_first_time(results: list[Measured], part: str, three: float) -> None:
    wrong = [line for each in results if each.shape.part == part for line in each.wrong]
    assert share(results, part, "right") >= 0.85, wrong
    assert share(results, part, "top_three") >= three, wrong


def test_the_kind_of_a_sample_is_told(results: list[Measured]) -> None:
    assert [each.shape.name for each in results if not each.is_kind_right] == []


def test_the_page_of_figures_is_up_to_date(results: list[Measured]) -> None:
    assert PAGE.read_text("utf-8") == page(results), "run `make drafting`"


NAMED = re.compile(r"TODO|required field \S+ \(.*\) is not mapped")


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: f"{shape.part}-{shape.name}")
def test_a_drafted_folder_passes_the_check_but_for_what_it_asks(
    folders: dict[tuple[str, str], Drafted], shape: Shape
) -> None:
    draft_of = folders[shape.part, shape.name]
    outcomes = [orjson.loads(file.read_bytes()) for file in (draft_of.folder / "examples").glob("*.expected.json")]
    assert len(outcomes) == 1
    assert outcomes[0].get("outcomes"), "the example is read"
    problems = check_connector(draft_of.folder)
    assert [problem for problem in problems if not NAMED.search(problem.en)] == []
    assert any("TODO partner" in problem.en for problem in problems)


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: f"{shape.part}-{shape.name}")
def test_nobody_of_the_sample_stands_in_the_folder(folders: dict[tuple[str, str], Drafted], shape: Shape) -> None:
    draft_of = folders[shape.part, shape.name]
    truth = {same_place(path_of(source, draft_of.guess)): targets for source, targets in shape.fields.items()}
    real = {
        str(value)
        for source in draft_of.guess.found.sources
        for target in truth.get(same_place(source.path), ())
        for value in source.said
        if target and is_personal(target, shape.kind) and len(str(value)) > 1
    }
    real |= set(re.findall(r"(?<!\d)(?:\d{17}[\dX]|1[3-9]\d{9})(?!\d)", text_of(draft_of.sample.read_bytes())))
    assert len(real) > 0 or shape.kind in ("filing", "agency")
    written = [text_of(file.read_bytes()) for file in draft_of.folder.rglob("*") if file.is_file()]
    assert sorted(value for value in real if any(value in text for text in written)) == []


def is_personal(target: str, name: str) -> bool:
    field = kind(f"{name}.v1").field("/" + target.replace("/", "/*/").replace(".", "/"))
    return field is not None and field.pii in ("name", "id_number", "phone", "email")


def text_of(content: bytes) -> str:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


@pytest.mark.parametrize("shape", ALL[:3] + ALL[-3:], ids=lambda shape: shape.name)
def test_the_same_sample_gives_the_same_folder(shape: Shape, tmp_path: Path) -> None:
    sample = shape.sample(tmp_path)
    first, again = (draft("same", [sample], wsdl=shape.wsdl, target=shape.target).files for _ in range(2))
    assert first == again


def sample_of(folder: Path, *codes: tuple[str, str]) -> Path:
    guests = [{"name": f"张三{nth}", "idType": code, "idNo": number} for nth, (code, number) in enumerate(codes)]
    order = {"orderNo": "A-1", "tourCode": "T-1", "guests": guests, "startDate": "2026-12-01", "endDate": "2026-12-02"}
    file = folder / "orders.json"
    file.write_bytes(orjson.dumps([order]))
    return file


PERSON = "11010519491231002X"


@pytest.mark.parametrize(
    ("codes", "means"),
    [
        ([("A", PERSON)], {"A": "resident_id"}),
        ([("A", "E12345678")], {"A": "TODO"}),
        ([("A", "E12345678"), ("A", "E22345678"), ("A", "E32345678")], {"A": "passport"}),
        ([("A", "E12345678"), ("A", "E22345678"), ("A", PERSON)], {"A": "TODO"}),
        ([("护照本", "X1"), ("护照", "X2")], {"护照本": "TODO", "护照": "passport"}),
        ([("身份证号", "X1")], {"身份证号": "TODO"}),
    ],
)
def test_a_code_is_translated_only_where_it_is_certain(
    tmp_path: Path, codes: list[tuple[str, str]], means: dict[str, str]
) -> None:
    files = draft("codes", [sample_of(tmp_path, *codes)], target="contract").files
    rows = csv.DictReader(io.StringIO(files["document_types.csv"].decode()))
    assert {row["from"]: row["to"] for row in rows} == means


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output + str(result.exception or "")


def test_the_command_writes_a_folder_and_says_what_is_left(tmp_path: Path) -> None:
    shape = next(shape for shape in ALL if shape.name == "vendor-contract")
    folder = tmp_path / "zhongyuan"
    code, said = run("connector", "draft", "zhongyuan", shape.sample(tmp_path), "--folder", folder)
    assert code == 0, said
    assert "TODO /insurance/mode: what '1' means" in said
    assert run("connector", "check", folder)[0] == 1
    (folder / "insurance_modes.csv").write_text("from,to\n1,entrusted\n", "utf-8")
    text = (folder / "connector.yaml").read_text("utf-8")
    (folder / "connector.yaml").write_text(text.replace("partner: TODO", "partner: 中原软件（示例）"), "utf-8")
    (folder / "examples" / "contract-1.expected.json").unlink()
    assert run("connector", "check", "--accept", folder)[0] == 0


def test_a_draft_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    code, said = run("connector", "draft", "name", sample_of(tmp_path.parent), "--folder", tmp_path)
    assert code == 1
    assert "overwrites nothing" in said


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [("Bad-Name", (), "small letters"), ("fine", ("--target", "hotel"), "no kind 'hotel'")],
)
def test_what_cannot_be_drafted_is_said(tmp_path: Path, name: str, arguments: tuple[str, ...], said: str) -> None:
    sample = sample_of(tmp_path, ("1", PERSON))
    code, output = run("connector", "draft", name, sample, "--folder", tmp_path / "out", *arguments)
    assert (code, said in output) == (1, True), output


def test_a_data_dictionary_names_columns_that_say_nothing(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("F1,F2,F3,F4\nA-1,5,2026-12-01,2026-12-03\nA-2,7,2026-12-02,2026-12-05\n", "utf-8")
    names = tmp_path / "names.csv"
    names.write_text("F1,团号\nF2,总人数\nF3,出发日期\nF4,返回日期\n", "utf-8")
    text = draft("named", [table], names=names, target="roster").files["roster.yaml"].decode()
    assert all(
        re.search(line, text) for line in ("group_no: +.from: F1", "total_count: +.from: F2", "depart_on: +.from: F3")
    )


def test_every_sheet_and_object_may_hold_the_records(tmp_path: Path) -> None:
    file = sample_of(tmp_path, ("1", PERSON))
    assert [layout.read["records"] for layout in layouts(file)] == ["$"]


HOWTO = PAGE.parents[1] / "howto" / "onboard-an-erp.md"


def test_the_howto_is_followed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HOWTO.read_text("utf-8")
    blocks = re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)
    sample = next(block for language, block in blocks if language == "json")
    commands = [line for language, block in blocks if not language for line in block.splitlines()]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample.json").write_text(sample, "utf-8")
    draft_it, check, remove, write = commands
    folder = tmp_path / "mappings" / "lufeng"
    assert run(*draft_it.split()[1:])[0] == 0
    asked = re.findall(r"^- `(TODO [^`]+)`", text, re.MULTILINE)
    assert [problem.en.partition(": ")[2] for problem in check_connector(folder)] == asked
    assert run(*check.split()[1:])[0] == 1
    mapping = folder / "contract.yaml"
    price = re.search(r"`(total_price: [^`]+)`", text)
    assert price is not None
    mapping.write_text(re.sub(r"total_price: .*", price[1], mapping.read_text("utf-8")), "utf-8")
    codes = folder / "contract_types.csv"
    codes.write_text(codes.read_text("utf-8").replace("TODO", "outbound"), "utf-8")
    connector = folder / "connector.yaml"
    connector.write_text(connector.read_text("utf-8").replace("partner: TODO", "partner: 鹭风软件（示例）"), "utf-8")
    assert remove.startswith("rm ")
    for file in tmp_path.glob(remove.split()[1]):
        file.unlink()
    code, said = run(*write.split()[1:])
    assert (code, "✓ lufeng" in said, "通过 accepted 1" in said) == (0, True, True), said


def test_without_its_libraries_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.drafting.libraries._LIBRARIES", ("no_such_library",))
    code, said = run("connector", "draft", "fine", sample_of(tmp_path, ("1", PERSON)), "--folder", tmp_path / "out")
    assert (code, "pip install 'yizhan[draft]'" in said) == (1, True), said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b""),
        ("a.json", b"5"),
        ("a.json", b"[]"),
        ("a.csv", b"a\nb\n"),
        ("a.xml", b"<a/>"),
        ("a.xlsx", b"PK\3\4"),
    ],
)
def test_a_sample_without_fields_is_refused_in_plain_words(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    code, said = run("connector", "draft", "fine", tmp_path / name, "--folder", tmp_path / "out")
    assert (code, "/" in said, (tmp_path / "out").exists()) == (1, True, False), said


def test_an_object_a_line_is_drafted_and_its_people_are_made_up(tmp_path: Path) -> None:
    order = {"orderNo": "A-1", "tourCode": "T-1", "guests": [{"name": "张三丰", "idNo": PERSON, "note": "张三丰吃素"}]}
    sample = tmp_path / "orders.ndjson"
    sample.write_bytes(orjson.dumps(order) + b"\n" + orjson.dumps({**order, "orderNo": "A-2"}) + b"\n")
    files = draft("lines", [sample], target="contract").files
    example = files["examples/contract-1.json"].decode()
    assert [orjson.loads(line)["orderNo"] for line in example.splitlines()] == ["A-1", "A-2"]
    assert "张三丰" not in example
    assert PERSON not in example


def test_a_soap_message_with_its_wsdl_opens_a_door_of_its_own(tmp_path: Path) -> None:
    partner = Path(__file__).parents[2] / "mappings" / "wuyi"
    found = draft("wuyi", [partner / "examples" / "groups.xml"], wsdl=partner / "filing.wsdl", target="roster").files
    for name, content in found.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert load_connector(tmp_path).doors["soap_as"] == {"wsdl": "filing.wsdl", "record": "GroupInfo"}


@pytest.mark.parametrize("sample", ["lvy/examples/clean.json", "qingteng/examples/groups.xlsx"])
def test_a_sample_whose_people_are_called_as_made_up_ones_is_drafted(sample: str) -> None:
    """Nobody is given the name of another of the sample; `暂无` for a telephone is nobody's number."""
    files = draft("again", [PAGE.parents[2] / "mappings" / sample]).files
    assert "connector.yaml" in files
