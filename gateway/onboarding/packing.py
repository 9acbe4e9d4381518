"""A partner folder as bytes: the same folder gives the same bytes, wherever it lies."""

from __future__ import annotations

import base64
import io
import lzma
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import orjson

from adapters.errors import Fatal
from schemas.findings import Text

MOST_BYTES = 4 * 1024 * 1024
"""Of all files of a folder together."""
MOST_FILES = 400
_MOST_NAME_BYTES = 200
_NAME = re.compile(r"(?:examples/)?[\w\u4e00-\u9fff][\w\u4e00-\u9fff.-]{0,120}")
_TORN = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    IndexError, OverflowError, lzma.LZMAError,
)  # fmt: skip
"""What the library says of archives that are none."""
_PASSED_OVER = re.compile(r"\.|__pycache__|.*\.pyc?$")


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files of a folder by their names. Raises Fatal for more of them, or other names, than a folder may have."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise Fatal(
            Text(
                f"目录过大，最多 {MOST_FILES} 个文件、{MOST_BYTES} 字节",
                f"the folder is too large: {MOST_FILES} files and {MOST_BYTES} bytes at most",
            )
        )
    if strange := [name for name in files if not _is_name(name)]:
        raise Fatal(
            Text(f"文件名无法使用：{strange[0][:80]}", f"a file of that name cannot be kept: {strange[0][:80]}")
        )
    if "connector.yaml" not in files:
        raise Fatal(Text("缺少 connector.yaml", "there is no connector.yaml"))
    document = {name: base64.b64encode(files[name]).decode() for name in sorted(files)}
    return zlib.compress(orjson.dumps(document), 9)


def files_of(content: bytes) -> dict[str, bytes]:
    """What `packed` took."""
    return {name: base64.b64decode(each) for name, each in orjson.loads(zlib.decompress(content)).items()}


def digest_of(content: bytes) -> bytes:
    """What tells two folders apart, whichever way their bytes were compressed."""
    return digest_of_files(files_of(content))


def digest_of_files(files: Mapping[str, bytes]) -> bytes:
    digest = sha256()
    for name, each in sorted(files.items()):
        digest.update(sha256(name.encode()).digest() + sha256(each).digest())
    return digest.digest()


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder and of its examples; what begins with a dot, and Python, is no part of it."""
    return {f"{file.relative_to(folder)}": file.read_bytes() for file in _files(folder)}


def files_in_zip(raw: bytes) -> dict[str, bytes]:
    """The files of a folder that was zipped, by itself or within a folder of its own. Raises Fatal."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise Fatal(Text("压缩包过大", "the archive is too large"))
            found = {entry.filename: archive.read(entry) for entry in entries}
    except _TORN:
        raise Fatal(Text("压缩文件无法打开", "the archive cannot be opened")) from None
    tops = {name.partition("/")[0] for name in found}
    if "connector.yaml" not in found and len(tops) == 1:
        found = {name.partition("/")[2]: each for name, each in found.items()}
    return {name: each for name, each in found.items() if not _is_passed_over(name)}


def unpack(content: bytes, folder: Path) -> None:
    """Write the files into a folder; it is there whole or not at all, whoever else unpacks it at the same time.

    What is there already and is not these files is replaced. Raises OSError.
    """
    if _holds(folder, content):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
    try:
        for name, each in files_of(content).items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_bytes(each)
        _put(beside, folder, content)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, folder: Path, content: bytes) -> None:
    """Give a folder its name. Raises OSError."""
    try:
        beside.rename(folder)
    except OSError:  # something stands there: what another process was quicker to write, or the rest of something
        if _holds(folder, content):
            return
        away = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
        try:
            folder.rename(away / folder.name)
            beside.rename(folder)
        finally:
            shutil.rmtree(away, ignore_errors=True)


def _holds(folder: Path, content: bytes) -> bool:
    """Whether the files of a folder are those that were packed."""
    return folder.is_dir() and digest_of_files(files_in(folder)) == digest_of(content)


def _is_name(name: str) -> bool:
    return name != "examples" and _NAME.fullmatch(name) is not None and len(name.encode()) <= _MOST_NAME_BYTES


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted((*folder.glob("*"), *folder.glob("examples/*"))):
        if file.is_file() and not _is_passed_over(str(file.relative_to(folder))):
            yield file


def _is_passed_over(name: str) -> bool:
    return any(_PASSED_OVER.match(part) for part in name.split("/"))
