"""Seals open only with their key, in their place, unaltered."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.trust.sealing import MasterKey, Seal, SealBroken

SEAL = Seal(b"k" * 32)


@given(st.binary(max_size=2000), st.binary(max_size=50))
def test_what_was_sealed_opens_again(plaintext: bytes, place: bytes) -> None:
    sealed = SEAL.seal(plaintext, place)
    assert SEAL.open(sealed, place) == plaintext
    assert len(plaintext) < 16 or plaintext not in sealed


def test_a_moved_altered_or_foreign_seal_does_not_open() -> None:
    sealed = SEAL.seal(b"secret", b"record/1")
    for broken, place, seal in [
        (sealed, b"record/2", SEAL),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"record/1", SEAL),
        (b"\x02" + sealed[1:], b"record/1", SEAL),
        (b"", b"record/1", SEAL),
        (sealed, b"record/1", Seal(b"x" * 32)),
    ]:
        with pytest.raises(SealBroken):
            seal.open(broken, place)


def test_equal_values_are_sealed_differently_and_indexed_alike() -> None:
    assert SEAL.seal(b"a", b"") != SEAL.seal(b"a", b"")
    assert SEAL.blind("110105194912310021") == SEAL.blind("110105194912310021")
    assert SEAL.blind("110105194912310021") != Seal(b"x" * 32).blind("110105194912310021")


def test_the_key_file_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "master.key"
    wrapped = MasterKey.load(None, path).new_data_key(b"tenant/a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealed = MasterKey.load(None, path).unwrap(wrapped, b"tenant/a").seal(b"x", b"p")
    assert MasterKey.load(None, path).unwrap(wrapped, b"tenant/a").open(sealed, b"p") == b"x"
    with pytest.raises(SealBroken):
        MasterKey.load(None, path).unwrap(wrapped, b"tenant/b")
