"""What a failed task does next: as the exception says, which is what `adapters.errors` groups them by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy

_FIRST_SECONDS = 30.0
_LONGEST_SECONDS = 1800.0


class ByException(RetryPolicy):
    """Retriable: again, when the other side asked for it or a doubling wait later. Fatal: a person must put it right.

    Anything else (a lost database, a killed worker) is tried again like a Retriable.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        from adapters.errors import AdapterError, Fatal, Retriable

        said = f"{type(exception).__name__}: {exception}"
        if isinstance(exception, AdapterError):
            said = f"{exception.text.zh} / {exception.text.en}"
        if isinstance(exception, Fatal):
            return RetryDecision.fail(f"须人工处理 needs a person: {said}")
        asked = exception.wait_seconds if isinstance(exception, Retriable) else 0.0
        wait = min(asked or _FIRST_SECONDS * 2 ** (try_number - 1), _LONGEST_SECONDS)
        return RetryDecision.retry(timedelta(seconds=wait), said)
