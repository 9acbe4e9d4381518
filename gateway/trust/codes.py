"""Contract codes: `LY` + 2-digit year + 15 random Crockford base32 characters + 1 ISO 7064 MOD 37,36 check character.

The official rule of 旅游电子合同编码 is unpublished; this scheme is synthetic, configurable and labelled so.
Some 75 random bits keep a code unguessable on a public page. Input is forgiving: case, spaces, hyphens, O/0, I/L/1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stdnum.iso7064 import mod_37_36

from gateway.base.entropy import random_bytes

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_AMBIGUOUS = "OIL"
_READ_ALIKE = str.maketrans(_AMBIGUOUS, "011")
_SEPARATORS = str.maketrans("", "", " \t\r\n-‐‑–—－_·　")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class CodeScheme:
    """One pattern of codes. `entropy(n)` returns n random bytes and is replaced only by tests.

    Codes of the sandbox begin with `test_prefix`, of the same length.
    """

    prefix: str = "LY"
    random_length: int = 15
    test_prefix: str = "TS"
    entropy: Callable[[int], bytes] = random_bytes

    @property
    def length(self) -> int:
        return len(self.prefix) + 2 + self.random_length + 1

    def draw(self, year: int, *, is_test: bool = False) -> str:
        """A new random code of `year` (the year is printed modulo 100).

        A code whose check character would be I, L or O is drawn again: those read like digits, and taking one for
        the other would let some mistyped codes pass.
        """
        while True:
            drawn = "".join([CROCKFORD[byte & 31] for byte in self.entropy(self.random_length)])
            stem = f"{self.test_prefix if is_test else self.prefix}{year % 100:02d}{drawn}"
            check = mod_37_36.calc_check_digit(stem)
            if check not in _AMBIGUOUS:
                return stem + check

    def is_test(self, code: str) -> bool:
        """Whether a code is of the sandbox, and of no contract."""
        return code.startswith(self.test_prefix)

    def parse(self, text: str) -> str | None:
        """The code a person meant, in its one written form, or None when it is not a code of this scheme."""
        compact = text[:200].translate(_FULL_WIDTH).translate(_SEPARATORS).upper()
        if len(compact) != self.length:
            return None
        head, drawn, check = compact[: len(self.prefix)], compact[len(self.prefix) : -1], compact[-1]
        read = head.translate(_READ_ALIKE)
        prefix = next((p for p in (self.prefix, self.test_prefix) if p.translate(_READ_ALIKE) == read), None)
        if prefix is None:
            return None
        drawn = drawn.translate(_READ_ALIKE)
        if not drawn[:2].isdecimal() or any(character not in CROCKFORD for character in drawn):
            return None
        stem = prefix + drawn
        expected = mod_37_36.calc_check_digit(stem)
        return stem + expected if check.translate(_READ_ALIKE) == expected else None


def grouped(code: str) -> str:
    """The printed form: groups of four, `LY26-7QX0-...`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
