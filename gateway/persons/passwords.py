"""Passwords: hashed by Argon2id, and refused when they are easily guessed.

Sources: RFC 9106 (the second recommended option, 64 MiB); ASVS 5.0, 6.2: no rules about kinds of characters, long ones
taken, common ones refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from gateway.base import problems
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from schemas.findings import Text

SHORTEST, LONGEST = 10, 128
_LEAST_SCORE = 3
"""Of 4, by zxcvbn: more than 10^8 guesses."""
_JUDGED = 72
"""Characters that zxcvbn looks at: it takes time by their number."""
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


class Passwords:
    """Hashes and compares, two at once at most: each takes 64 MiB and some 0.1 s of a core."""

    def __init__(self) -> None:
        self._lanes = Lanes("passwords", 2, each=1, waiting=8)

    async def hashed(self, password: str, *known: str) -> str:
        """The hash in PHC form.

        Raises Refused (PERSON-004) for what is too short, too long, or guessed soon by whoever knows `known`, the first
        of which is the login; LIMIT-002 when too many ask.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            detail = Text(
                f"密码应为 {SHORTEST} 至 {LONGEST} 个字符", f"A password has {SHORTEST} to {LONGEST} characters"
            )
            raise Refused(problems.WEAK_PASSWORD, detail)
        async with self._lanes.turn(known[0]):
            if not await asyncio.to_thread(_is_strong, password, known):
                raise Refused(problems.WEAK_PASSWORD)
            return await asyncio.to_thread(_HASHER.hash, password)

    async def is_right(self, password: str, kept: str | None, login: str) -> bool:
        """Whether a password is the one whose hash was kept. It takes as long where none was kept."""
        async with self._lanes.turn(login):
            return await asyncio.to_thread(_verify, password[: LONGEST + 1], kept)


def _is_strong(password: str, known: Sequence[str]) -> bool:
    judged = zxcvbn(password[:_JUDGED], user_inputs=[*known, "yizhan", "驿站"])
    return judged["score"] >= _LEAST_SCORE


def _verify(password: str, kept: str | None) -> bool:
    try:
        return _HASHER.verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("")
