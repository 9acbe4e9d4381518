"""The lives of large documents and upload sessions, move by move, and the SQL that knows their states by name."""

from __future__ import annotations

import re

import pytest

from gateway.batch import statements
from gateway.batch.states import BATCHES, UPLOADS, BatchState, UploadState

_BATCHES = {"received": "received processing", "processing": "done", "done": ""}


@pytest.mark.parametrize("start", BatchState)
def test_a_batch_goes_nowhere_but_where_the_table_says(start: BatchState) -> None:
    assert {end.value for end in BatchState if BATCHES.may_move(start, end)} == set(_BATCHES[start].split())


def test_a_batch_begins_received_and_ends_done() -> None:
    assert BATCHES.beginnings == {BatchState.RECEIVED}
    assert BATCHES.ends == {BatchState.DONE}


def test_an_upload_that_is_completed_stays_so() -> None:
    assert UPLOADS.beginnings == {UploadState.OPEN}
    assert UPLOADS.before(UploadState.COMPLETED) == [UploadState.OPEN]
    assert UPLOADS.ends == {UploadState.COMPLETED}


def test_no_statement_says_a_state_that_the_enumeration_lacks() -> None:
    texts = "\n".join(str(one) for one in vars(statements).values() if isinstance(one, str) or hasattr(one, "compile"))
    found = set(re.findall(r"\bstate (?:=|<>) '(\w+)'", texts))
    assert found
    assert found <= set(BatchState)
