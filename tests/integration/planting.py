"""Canaries planted through every door, each time in a good record, in a bad one, and around them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pypdfium2
from lxml import etree

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from mappings.haixi_examples import haixi_contract
from mappings.make_examples import lvy_contract
from schemas import samples
from tests.canaries import CANARIES, Canary
from tests.conftest import Partner, issue_partner
from tests.integration.sftp import HEAD, DropProcess, awaited, issue_account
from tests.integration.test_compat12301 import headers as headers_12301
from tests.integration.test_records import pdf_with
from tests.integration.test_relay import Receiver
from tests.integration.test_vendor_soap import Vendor
from tests.people import SomebodySignedIn, add_person
from tests.portals import running_portal
from tests.processes import ended, environment
from tests.soap_messages import envelope, request_of, with_username
from tests.templates import filled

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
_OWN = {"sec-fetch-site": "same-origin"}


@dataclass(frozen=True, kw_only=True)
class Actors:
    """Who acts: a partner at each door, those who look after them, and their people."""

    partner: Partner
    lvy: Partner
    haixi: Partner
    laoqiao: Partner
    operator: Partner
    official: Partner
    clerk: SomebodySignedIn
    officer: SomebodySignedIn

    @classmethod
    def of(cls, settings: Settings) -> Actors:
        partner = issue_partner(settings, "canary-keeper", uscc="91350203MA9990001W")
        issue_partner(settings, "donghai", Role.PARTNER, "330000", "donghai")
        seen = {Duty.ROSTER_OFFICER, Duty.CONTRACT_OFFICER, Duty.INSPECTOR, Duty.QUALIFICATION_OFFICER}
        return cls(
            partner=partner,
            lvy=issue_partner(settings, "canary-lvy", connector="lvy"),
            haixi=issue_partner(settings, "canary-haixi", connector="haixi"),
            laoqiao=issue_account(settings, "canary-laoqiao", "laoqiao"),
            operator=issue_partner(settings, "team", Role.OPERATOR, "000000", speaks_for=""),
            official=issue_partner(settings, "bureau", Role.OFFICIAL, "000000", speaks_for=""),
            clerk=add_person(settings, "clerk", {Duty.AGENCY_CLERK}, agency=partner.name),
            officer=add_person(settings, "officer", seen, "000000"),
        )


@dataclass(kw_only=True)
class Garden:
    """The service in which canaries are planted, and every answer it has given: for whom, and what it said."""

    http: httpx.Client
    actors: Actors
    answers: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    codes: dict[str, str] = field(default_factory=dict[str, str])
    keys: dict[str, str] = field(default_factory=dict[str, str])

    def sent(self, whose: str, method: str, path: str, **asked: Any) -> httpx.Response:
        """An answer, kept for the search: its head as well as its body."""
        answer = self.http.request(method, path, **asked)
        assert answer.status_code < 500 or path == "/soap", f"{method} {path}: {answer.text}"
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers.append((whose, head.encode("latin-1") + b"\n\n" + answer.content))
        return answer

    def own(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """The same by the partner that plants, who is answered about its own."""
        more = asked.pop("headers", {})
        return self.sent("partner", method, path, headers=self.actors.partner.bearer | more, **asked)


def named(body: dict[str, Any], canary: Canary, *, is_bad: bool = False) -> dict[str, Any]:
    """A record whose first traveller is the canary; a bad one is refused because of that very person."""
    who = body["travellers"][0]
    kind = who["document"]["type"]
    number = canary.id if kind == "resident_id" else canary.passport
    who |= {"name": canary.name, "birth_date": canary.birth_date}
    if "mobile" in who:
        who |= {"mobile": canary.phone, "sex": "1"}
    who["document"] |= {"number": number}
    who.pop("name_pinyin", None)
    if is_bad:
        who["document"] |= {"type": "resident_id", "number": canary.passport}
        who |= {"mobile": f"{canary.phone}9", "sex": canary.id, "birth_date": canary.name}
    return body


def plant_by_rest(garden: Garden) -> None:
    """Contracts and rosters, good ones and bad ones, in one answer and in another."""
    code = garden.own("POST", "/v1/contracts", json=named(samples.contract(1), CANARIES["contract"]))
    garden.codes["contract"] = code.json()["records"][0]["code"]
    garden.keys["contract"] = samples.contract(1)["business_no"]
    bad = named(samples.contract(2), CANARIES["bad contract"], is_bad=True)
    for path in ("/v1/contracts", "/v1/contracts?atomic=false", "/v1/contracts?dry_run=true"):
        assert garden.own("POST", path, json=[bad]).status_code in (200, 207, 422)
    garden.keys["bad contract"] = garden.own("POST", "/v1/contracts", json=bad).json()["submission_id"]
    assert garden.own("POST", "/v1/rosters", json=named(samples.roster(3, 2), CANARIES["roster"])).is_success
    garden.keys["roster"] = samples.roster(3, 2)["group_no"]
    garden.own("POST", "/v1/rosters?atomic=false", json=[named(samples.roster(4, 2), CANARIES["roster"], is_bad=True)])


def plant_by_upload(garden: Garden) -> None:
    """A large document, in parts, under a name; and one that stays half sent."""
    canary = CANARIES["upload"]
    lines = [named(samples.contract(20 + n), canary, is_bad=n == 1) for n in range(3)]
    content = b"\n".join(orjson.dumps(line) for line in lines)
    for number, ends in enumerate((True, False)):
        asked = {
            "size_bytes": len(content) + number,
            "sha256": hashlib.sha256(content + bytes(number)).hexdigest(),
            "kind": "contract",
            "filename": f"{canary.name} {canary.id} {canary.phone}.ndjson",
            "content_type": "application/x-ndjson",
        }
        opened = garden.own("POST", "/v1/uploads", json=asked, headers={"Idempotency-Key": f"{canary.id}-{number}"})
        place = f"/v1/uploads/{opened.json()['upload_id']}"
        garden.own("PUT", f"{place}/parts/1", content=content)
        if ends:
            garden.keys["upload"] = garden.own("POST", f"{place}/complete").json()["submission_id"]


def plant_by_soap(garden: Garden) -> None:
    canary, partner = CANARIES["soap"], garden.actors.partner
    bad = samples.contract(31)
    bad["travellers"][1] |= {"name": canary.name, "mobile": f"{canary.phone}9"}
    bad["travellers"][1]["document"] |= {"number": canary.passport}
    for number, body in enumerate((named(samples.contract(30), canary), bad)):
        operation = request_of("SubmitContracts", contract=[body], idempotencyKey=f"{canary.phone}/{number}")
        raw = with_username(envelope(operation), partner.api_key, partner.secret)
        garden.sent("partner", "POST", "/soap", content=raw, headers={"Content-Type": "text/xml; charset=utf-8"})
    broken = etree.tostring(envelope(operation))[:-40] + f"<{canary.name} id='{canary.id}'>".encode()
    garden.sent("anybody", "POST", "/soap", content=broken, headers={"Content-Type": "text/xml; charset=utf-8"})


def plant_by_12301(garden: Garden) -> None:
    canary, erp = CANARIES["12301"], garden.actors.lvy
    for number in (1, 2):
        body = lvy_contract(number)
        body["touristsInfo"]["tourists"][0] |= {"name": canary.name, "phone": canary.phone + "9" * (number - 1)}
        body["touristsInfo"]["tourists"][0]["ID"]["IDNumber"] = canary.id if number == 1 else canary.passport
        for name in (f"HT2017080500{number}", canary.id):
            garden.sent("partner", "POST", f"/v1/econtract/apply/{name}", json=body, headers=headers_12301(erp))


def plant_by_vendor(garden: Garden) -> None:
    canary, vendor = CANARIES["vendor"], Vendor(garden.http)
    vendor.login(garden.actors.haixi)
    for number in (1, 2):
        body = haixi_contract(number)
        idcode = canary.id if number == 1 else canary.passport
        guest = {"name": canary.name, "idcode": idcode, "mobile": canary.phone, "sex": "男"}
        body["contractTeam"]["guests"][0] |= guest | {"birthday": canary.id[6:14]}
        answer = vendor("submitContract", contract=body)
        garden.answers.append(("partner", orjson.dumps(answer)))


def plant_by_drop(garden: Garden, drop: DropProcess) -> None:
    """A good file, a bad one and one that is left half way, each called after somebody."""
    canary = CANARIES["drop"]
    trip = "国内,上海示例旅行社有限公司,L-SH-00321,SH-01,黄山三日游,2026/12/01,2026/12/03,1,1980"
    rows = [f"CANARY-{n},{trip},1,{canary.name},男,是,身份证,{number},{canary.phone}," for n, number in enumerate(
        (canary.id, f"{canary.id}9")
    )]  # fmt: skip
    with drop.login(garden.actors.laoqiao) as client:
        for name, row in zip((f"{canary.name}.csv", f"{canary.phone}.csv"), rows, strict=True):
            client.drop(name, "\r\n".join([HEAD, row, ""]).encode("gb18030"))
            garden.answers.append(("partner", awaited(client, f"receipts/{name}.receipt.json", drop.process)))
        client.put_bytes(f"in/{canary.id}.csv.part", rows[0].encode("gb18030"))


def plant_by_sheet(garden: Garden) -> None:
    """A sheet on the import page: looked through, corrected, handed in."""
    garden.keys["sheet"] = samples.roster(41, 2)["group_no"]
    canary, clerk = CANARIES["sheet"], garden.actors.clerk
    bodies = [named(samples.roster(41, 2), canary), named(samples.roster(42, 2), canary, is_bad=True)]
    file = (f"{canary.name}{canary.id}.xlsx", filled("roster.v1", bodies), SHEET)
    asked: Mapping[str, Any] = {"data": {"kind": "roster"}, "files": {"sheet": file}, "headers": _OWN}
    for path in ("/import/preview", "/import/rejected.xlsx", "/import"):
        answer = garden.sent("partner", "POST", path, auth=clerk.auth, **asked)
        assert answer.status_code in (200, 303), answer.text[-3000:]
    for broken in (b"PK\x03\x04" + canary.id.encode(), canary.name.encode()):
        files = {"sheet": (f"{canary.phone}.xlsx", broken, SHEET)}
        garden.sent("partner", "POST", "/import/preview", auth=clerk.auth, **dict(asked) | {"files": files})


def plant_by_document(garden: Garden) -> None:
    """The final document of a contract says who travels; one that is none is refused."""
    canary, place = CANARIES["document"], f"/v1/contracts/{garden.codes['contract']}"
    png = garden.own("GET", f"{place}/qr.png").content
    garden.answers.pop()
    said = f"{canary.name} {canary.id} {canary.phone} {canary.passport}".encode()
    pdf = pdf_with(png, attached=said)
    document = pypdfium2.PdfDocument(pdf)
    assert said in bytes(document.get_attachment(0).get_data())
    assert garden.own("PUT", f"{place}/document", content=pdf).status_code in (200, 201)
    garden.own("PUT", f"{place}/document", content=b"%PDF-1.7\n" + said)


def plant_by_forms(garden: Garden) -> None:
    """Whom to call about a system, and the people of an office."""
    canary = CANARIES["registration"]
    system = {"organisation": "示例软件有限公司", "applicant": "vendor", "name": "示例 ERP", "channel": "rest"}
    contact = {"name": canary.name, "phone": canary.phone, "email": f"{canary.id}@example.test"}
    form = {"system": system | {"kinds": ["contract"]}, "contact": contact}
    answer = garden.sent("anybody", "POST", "/v1/registrations", json=form)
    assert answer.status_code == 201, answer.text
    garden.keys["registration"] = answer.json()["registration_id"]
    garden.sent("anybody", "POST", "/v1/registrations", json=form | {"remarks": canary.id})
    canary, operator = CANARIES["persons"], garden.actors.operator
    person = {
        "office": "350200",
        "login": "canary",
        "duties": ["inspector"],
        "name": canary.name,
        "phone": canary.phone,
    }
    answer = garden.sent("operator", "POST", "/v1/persons", json=person, headers=operator.bearer)
    assert answer.status_code == 201, answer.text
    again = person | {"phone": canary.id, "duties": [canary.name]}
    garden.sent("operator", "POST", "/v1/persons", json=again, headers=operator.bearer)


def plant_by_portal(settings: Settings, folder: Path) -> None:
    """A guide whom a portal keeps, and one whose page is refused."""
    canary = CANARIES["portal"]
    with running_portal("portal_rest.py", folder, "--records", 4, **_SECRETS) as portal:
        good, bad, *_ = portal.keys("guide")
        portal.change("guide", good, name=canary.name, mobile=canary.phone)
        portal.change("guide", bad, name=canary.name, mobile=canary.id, level=canary.phone)
        secrets = {f"DONGHAI_{name}": value for name, value in _SECRETS.items()}
        known = environment(settings) | secrets | {"DONGHAI_URL": f"{portal.url}/api"}
        pulled = ended("sync", "donghai", environment=known)
    assert pulled.returncode == 0, pulled.stderr
    (folder / "sync.log").write_text(pulled.stdout + pulled.stderr, encoding="utf-8")


def plant_stray_words(garden: Garden) -> None:
    """Where nobody should be named: addresses, headers, keys, names of fields, values of others, what is not JSON."""
    canary = CANARIES["stray words"]
    said = " ".join(canary.values.values())
    ascii_ = f"{canary.id}/{canary.phone}/{canary.passport}"
    headers = {
        "User-Agent": ascii_,
        "Referer": f"http://a.example/{ascii_}",
        "X-Request-Id": ascii_,
        "traceparent": ascii_,
    }
    for value in canary.values.values():
        for path in (f"/v1/contracts/{value}", f"/verify/{value}", f"/nowhere/{value}", f"/v1/verify/{value}"):
            garden.own("GET", path, headers=headers)
        for query in ({"document_no": value}, {"state": value}, {"number": value}, {"after": value}):
            garden.own("GET", "/v1/contracts", params=query, headers=headers)
        garden.own("POST", "/v1/verify", json={"text": value})
        garden.sent("anybody", "POST", "/signin", data={"login": value, "password": value, "to": value}, headers=_OWN)
        garden.sent("anybody", "GET", "/v1/contracts", headers={"Authorization": f"Bearer {canary.id}.{canary.phone}"})
        garden.sent("page", "GET", "/rosters", params={"number": value}, auth=garden.actors.officer.auth)
        garden.sent("page", "GET", f"/rosters/{value}", auth=garden.actors.officer.auth)
    for raw in (f'{{"a": "{said}"', f"[{said}]", f'"{said}"', said):
        garden.own("POST", "/v1/contracts", content=raw.encode(), headers=headers)
    for changed in _strays(canary):
        asked = {"Idempotency-Key": f"{canary.id}-{canary.phone}-{len(orjson.dumps(changed))}"}
        where = f"/v1/contracts?atomic=false&filename={said}.json"
        garden.own("POST", where, json=[samples.contract(60) | changed], headers=asked | headers)
    garden.own("POST", "/v1/contracts", content=b"{}", headers={"Content-Type": f"application/{canary.id}"})
    garden.own("POST", "/v1/targets", json={"url": f"https://{canary.phone}.example/{canary.id}?{said}"})


def _strays(canary: Canary) -> Iterator[dict[str, Any]]:
    """What is wrong with a contract: somebody stands in fields that are nobody's, or is the name of one."""
    for value in canary.values.values():
        yield {"headcount": value}
        yield {"depart_on": value, "contract_type": value}
        yield {"total_price": value, "cost": {"adult_price": value}}
        yield {"agency": samples.agency(1) | {"license_no": value, "uscc": value}}


def plant_names_of_fields(garden: Garden) -> None:
    """Somebody is what a field, or a parameter, is called."""
    canary = CANARIES["name of a field"]
    said = " ".join(canary.values.values())
    garden.own("POST", "/v1/contracts", content=f'{{"a": 1, "{said}": 1, "{said}": 2}}'.encode())
    for value in canary.values.values():
        garden.own("GET", "/v1/contracts", params={value: "1"})
        for changed in ({value: 1}, {"agency": samples.agency(1) | {value: value}}):
            garden.own("POST", "/v1/contracts?atomic=false", json=[samples.contract(61) | changed])


def plant_business_numbers(garden: Garden) -> None:
    """Partners that number their contracts and groups by their customers."""
    canary = CANARIES["business number"]
    contract = samples.contract(70) | {"business_no": canary.id, "contract_no": canary.phone}
    _taken(garden.own("POST", "/v1/contracts", json=contract))
    bad = samples.contract(71) | {"business_no": canary.phone, "headcount": 9}
    refused = garden.own("POST", "/v1/contracts?atomic=false", json=[bad])
    assert refused.json()["records"][0]["status"] == "rejected", refused.text
    _taken(garden.own("POST", "/v1/rosters", json=samples.roster(72, 2) | {"group_no": canary.id}))


def _taken(answer: httpx.Response) -> None:
    assert answer.status_code == 201, answer.text[-2000:]


def subscribed(garden: Garden, receiver: Receiver) -> None:
    answer = garden.own("POST", "/v1/targets", json={"url": f"{receiver.url}/ok"})
    assert answer.status_code == 201, answer.text


PLANTINGS: tuple[Callable[[Garden], None], ...] = (
    plant_by_rest,
    plant_by_upload,
    plant_by_soap,
    plant_by_12301,
    plant_by_vendor,
    plant_by_sheet,
    plant_by_document,
    plant_by_forms,
    plant_stray_words,
    plant_names_of_fields,
    plant_business_numbers,
)
"""What is planted through the service itself; the drop and the portal need programs of their own."""


@contextmanager
def dropping(settings: Settings) -> Iterator[DropProcess]:
    """The drop, while it is used."""
    drop = DropProcess(settings)
    drop.start()
    try:
        yield drop
    finally:
        with suppress(ProcessLookupError):
            drop.stop()
