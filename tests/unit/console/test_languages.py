"""The language of a page: chosen, remembered, preferred, Chinese."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from gateway.console.shell.language import chosen


def visitor(query: str = "", cookie: str = "", accepted: str = "") -> Request:
    headers = [(b"cookie", cookie.encode()), (b"accept-language", accepted.encode())]
    given = [(name, value) for name, value in headers if value]
    return Request({"type": "http", "scheme": "http", "query_string": query.encode(), "headers": given})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh-TW;q=0.7", "zh"),
        ("fr, de;q=0.9", "zh"),
        ("fr, en;q=0.3", "en"),
        ("en;q=0, *", "zh"),
        ("en;q=nonsense" + "," * 1000, "en"),
    ],
)
def test_the_browsers_preference_counts_where_nothing_was_chosen(accepted: str, language: str) -> None:
    choice = chosen(visitor(accepted=accepted))
    assert (choice.language, choice.cookie) == (language, None)


def test_the_cookie_counts_more_than_the_browser_and_the_link_more_than_the_cookie() -> None:
    assert chosen(visitor(cookie="a=b; lang=zh", accepted="en")).language == "zh"
    choice = chosen(visitor("lang=en", cookie="lang=zh", accepted="zh"))
    assert choice.language == "en"
    assert choice.cookie is not None
    assert choice.cookie.startswith(b"lang=en; Path=/; ")


def test_an_unknown_language_is_no_choice() -> None:
    choice = chosen(visitor("lang=fr", cookie="xlang=en; lang=fr"))
    assert (choice.language, choice.cookie) == ("zh", None)


def test_the_switch_keeps_the_rest_of_the_address() -> None:
    assert chosen(visitor()).switch == "?lang=en"
    assert chosen(visitor("lang=en")).switch == "?lang=zh"
    assert chosen(visitor("text=a%26b+c&lang=zh")).switch == "?text=a%26b+c&lang=en"
