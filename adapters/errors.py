"""What an adapter may raise, grouped by what the caller should do. Bad records are values (`Rejection`), not errors."""

from __future__ import annotations

from schemas.findings import Finding, Text


class AdapterError(Exception):
    """Root of everything an adapter raises. `text` is for people, in both languages; `str` is its English, for logs."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text.en


class Retriable(AdapterError):
    """Try again later: the network, a busy portal, a lock. `wait_seconds` is what the other side asked for."""

    def __init__(self, text: Text, wait_seconds: float = 0.0) -> None:
        super().__init__(text)
        self.wait_seconds = wait_seconds


class Fatal(AdapterError):
    """Trying again will not help: configuration, credentials, a broken mapping."""


class Barred(Fatal):
    """The way is barred, whatever is sent: a reference, an address, a key or a refused credential.

    Once a person has put it right, the very same thing gets through.
    """


class Unreadable(Fatal):
    """The document as a whole cannot be read. `finding` says why, where and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(Text(f"{finding.code}：{finding.reason.zh}", f"{finding.code}: {finding.reason.en}"))
        self.finding = finding
