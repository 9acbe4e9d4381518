"""A text in both languages, where there is one column for it."""

from __future__ import annotations

import orjson

from schemas.findings import Text, writable


def written(text: Text) -> str:
    """The column: a JSON object of the two. What the other side said may hold what no column can."""
    return orjson.dumps({"zh": writable(text.zh), "en": writable(text.en)}).decode()


def read_back(column: str) -> Text:
    """What was written. A column that holds plain words says them in both languages."""
    try:
        found = orjson.loads(column)
    except orjson.JSONDecodeError:
        found = None
    match found:
        case {"zh": str(zh), "en": str(en)}:
            return Text(zh, en)
        case _:
            return Text(column, column)
