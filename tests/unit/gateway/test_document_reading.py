"""A final document that cannot be read is told why, in either language, and what to do about it."""

from __future__ import annotations

import io
import re

import PIL.Image
import pypdfium2
import pytest

from gateway.contracts.document_reading import DocumentReader
from gateway.contracts.page_pictures import MOST_PICTURES, PagePictures


def blank(pages: int, width: float = 595) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, 842)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


UNREADABLE = {
    "a Word file": (b"PK\x03\x04 word/document.xml", "PDF"),
    "a torn file": (b"%PDF-1.7 torn", "damaged"),
    "a page too many": (blank(301), "300"),
    "a wall paper": (blank(1, width=3500), "A0"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_says_why_in_both_languages(name: str) -> None:
    pdf, word = UNREADABLE[name]
    problem = (await DocumentReader().read(pdf, "LY1", "HTTPS://V/LY1", sender=1)).problem
    assert problem is not None
    assert word in problem.en
    assert set(re.findall("[A-Za-z]+", problem.zh)) <= {"PDF", "A"}, problem.zh
    assert not re.search("[\u4e00-\u9fff]", problem.en), problem.en


async def test_a_page_is_shown_as_a_picture_of_bounded_size_and_others_are_not() -> None:
    pictures = PagePictures()
    picture = await pictures.of(blank(2), 2, reader="a")
    assert picture is not None
    assert PIL.Image.open(io.BytesIO(picture)).size == (1131, 1600)
    for pdf, number in ((blank(2), 3), (blank(30), MOST_PICTURES + 1), (blank(1, width=3500), 1), (b"%PDF-1.7", 1)):
        assert await pictures.of(pdf, number, reader="a") is None


async def test_many_pages_are_read() -> None:
    reading = await DocumentReader().read(blank(70), "LY1", "HTTPS://V/LY1", sender=1)
    assert (reading.problem, reading.pages, reading.qr_texts) == (None, 70, frozenset())
