from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.store.blobs import FRAME, Blobs
from gateway.trust.sealing import Seal, SealBroken

SEAL = Seal(b"k" * 32)


def stored(folder: Path, content: bytes) -> str:
    return Blobs(folder).put(iter([content[:1000], content[1000:]]), SEAL, 7).name


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 5])
def test_what_was_put_is_read_back(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    blob = Blobs(tmp_path).put(iter([content]), SEAL, 7)
    assert (blob.size_bytes, blob.sha256) == (size, sha256(content).digest())
    with Blobs(tmp_path).open(blob.name, SEAL) as file:
        assert file.read() == content
        assert file.seek(0, os.SEEK_END) == size
        file.seek(max(size - 10, 0))
        assert file.read() == content[-10:]


def test_content_does_not_lie_in_clear(tmp_path: Path) -> None:
    name = stored(tmp_path, b"11010519491231002X" * 5000)
    assert b"11010519491231002X" not in (tmp_path / name).read_bytes()


def test_the_same_content_lies_there_once_and_no_draft_stays(tmp_path: Path) -> None:
    assert stored(tmp_path, b"a" * 5000) == stored(tmp_path, b"a" * 5000)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("cut", [1, FRAME + 29, 2 * (FRAME + 29)])
def test_a_blob_that_was_cut_off_does_not_open(tmp_path: Path, cut: int) -> None:
    path = tmp_path / stored(tmp_path, os.urandom(2 * FRAME + 100))
    os.truncate(path, path.stat().st_size - cut)
    with pytest.raises(SealBroken), Blobs(tmp_path).open(path.relative_to(tmp_path).as_posix(), SEAL) as file:
        file.read()


def test_frames_cannot_change_places(tmp_path: Path) -> None:
    path = tmp_path / stored(tmp_path, os.urandom(3 * FRAME))
    raw = bytearray(path.read_bytes())
    one, two = slice(16, 16 + FRAME + 29), slice(16 + FRAME + 29, 16 + 2 * (FRAME + 29))
    raw[one], raw[two] = raw[two], raw[one]
    path.write_bytes(raw)
    with pytest.raises(SealBroken), Blobs(tmp_path).open(path.relative_to(tmp_path).as_posix(), SEAL) as file:
        file.read()


def test_what_a_killed_writer_left_is_cleared_and_what_is_being_written_stays(tmp_path: Path) -> None:
    left, below, fresh = tmp_path / "a.part", tmp_path / "uploads/1/b.part", tmp_path / "c.part"
    below.parent.mkdir(parents=True)
    for draft in (left, below, fresh):
        draft.write_bytes(b"half")
    for draft in (left, below):
        os.utime(draft, (0, 0))
    name = stored(tmp_path, b"whole")
    assert Blobs(tmp_path).sweep() == 2
    assert fresh.exists()
    assert (tmp_path / name).exists()
    assert not left.exists()
    assert not below.exists()
