"""Forms with files, as browsers send them."""

from __future__ import annotations

import pytest

from gateway.base.problems import Refused
from gateway.doors.sent_forms import SentFile, sent_form

TYPE = "multipart/form-data; boundary=----WebKitFormBoundaryX1"


def body(*parts: tuple[str, bytes]) -> bytes:
    """Parts by what stands behind `form-data`."""
    told = b"".join(
        b"------WebKitFormBoundaryX1\r\nContent-Disposition: form-data"
        + about.encode()
        + b"\r\n\r\n"
        + content
        + b"\r\n"
        for about, content in parts
    )
    return told + b"------WebKitFormBoundaryX1--\r\n"


def test_fields_and_files_come_back_byte_for_byte() -> None:
    content = b"PK\x03\x04\r\n\r\n--\x00\xff\r\n"
    sent = body(
        ('; name="kind"', "名单".encode()), ('; name="sheet"; filename="八月 名单.xlsx"\r\nContent-Type: a/b', content)
    )
    form = sent_form(TYPE, sent)
    assert form.fields == {"kind": "名单"}
    assert form.files == {"sheet": SentFile(name="八月 名单.xlsx", content=content)}


def test_no_file_was_chosen() -> None:
    assert sent_form(TYPE, body(('; name="sheet"; filename=""', b""))).files == {}


@pytest.mark.parametrize(
    ("given", "kept"), [("C:\\Users\\a\\b.xlsx", "b.xlsx"), ("../../b.xlsx", "b.xlsx"), ("a%22\x07b", 'a"b')]
)
def test_a_file_has_its_name_without_a_folder(given: str, kept: str) -> None:
    form = sent_form(TYPE, body((f'; name="sheet"; filename="{given}"', b"x")))
    assert form.files["sheet"].name == kept


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("application/x-www-form-urlencoded", b"a=1"),
        ("multipart/form-data", body(('; name="a"', b"1"))),
        (TYPE, b""),
        (TYPE, body(('; name="a"', b"1"))[:-20]),
        (TYPE, body(("", b"1"))),
        (TYPE, body(*[('; name="a"', b"1")] * 60)),
    ],
)
def test_what_no_browser_sends_is_refused(content_type: str, sent: bytes) -> None:
    with pytest.raises(Refused):
        sent_form(content_type, sent)
