"""Which encoding a text document is in.

A byte order mark decides; then NUL patterns (UTF-16 without a mark); then strict UTF-8; what is left is GB18030, the
superset of GBK and GB2312, which alone holds characters such as 䶮 㛃 𬱟. But UTF-8 that was cut or damaged is UTF-8,
and is refused with the byte: nearly any bytes are words of some kind in GB18030. A declared encoding is taken at its
word, except that every member of the GB family is read as GB18030.

GB18030 and Big5 are those of the WHATWG Encoding Standard: Python's GB18030 is of 2000 and gives private characters
where those of 2005 and 2022 have 龴 or ︐, and its Big5 lacks the names of Hong Kong.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, BinaryIO

from adapters.formats.problems import ENCODING, unreadable

SAMPLE = 65536

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "iso8859-1", "cp1252", "big5"}
_WIDE = re.compile(rb"[\xe1-\xec\xee\xef][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}")
_HIGH = bytes(range(0x80, 0x100))
_GB_FAMILY = {"gb2312", "gbk", "gb18030", "hz"}


MARK = "\ufdd0"
"""Stands for a byte that could not be decoded, where `MARKING` handles errors; no text has it (Unicode 23.7)."""
MARKING = "yizhan.mark"
_NEW = (
    "E81E:9FB4 E826:9FB5 E82B:9FB6 E82C:9FB7 E832:9FB8 E843:9FB9 E854:9FBA E864:9FBB E7C7:1E3F E816:20087 E817:20089"
    " E818:200CC E831:215D7 E83B:2298F E855:241FE E78D:FE10 E78E:FE12 E78F:FE11 E790:FE13 E791:FE14 E792:FE15 E793:FE16"
    " E794:FE17 E795:FE18 E796:FE19"
)
_GB_TABLE = {int(old, 16): int(new, 16) for old, new in (pair.split(":") for pair in _NEW.split())}
_BIG5_TABLE = {0x2022: 0x2027, 0xFF64: 0xFE51}
_CODECS = {"gb18030": ("gb18030", _GB_TABLE), "big5": ("big5hkscs", _BIG5_TABLE)}


def codec_of(encoding: str) -> str:
    """The codec that decodes an encoding as the WHATWG has it."""
    return f"whatwg_{encoding}" if encoding in _CODECS else encoding


def detect(sample: bytes) -> str:
    """Python's name of the encoding of a document that begins with `sample`."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if wide := _unmarked_utf16(sample):
        return wide
    return "utf-8" if _is_utf8(sample) or _is_damaged_utf8(sample) else "gb18030"


def has_utf8_words(sample: bytes) -> bool:
    """Whether a document begins with UTF-8 that is more than ASCII: whatever it calls itself, it is that."""
    return not sample.isascii() and _is_utf8(sample)


def detect_file(file: BinaryIO) -> str:
    """As `detect`, but sure of UTF-8 to the last byte: rare characters may stand far behind the first sample."""
    found = detect(file.read(SAMPLE))
    file.seek(0)
    if found == "utf-8":
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            whole_sample = file.read(1 << 20)
            found = "utf-8" if has_utf8_words(whole_sample) or _is_damaged_utf8(whole_sample) else "gb18030"
    file.seek(0)
    return found


def declared(name: str) -> str:
    """The codec for a partner's own word, e.g. "GBK". Raises Unreadable for any but the encodings of documents."""
    try:
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        raise unreadable(ENCODING, encoding=name[:40]) from None
    if codec in _GB_FAMILY:
        return "gb18030"
    if codec not in _OTHERS:  # Python also knows "codecs" such as rot13, zlib and punycode
        raise unreadable(ENCODING, encoding=name[:40])
    return "utf-8-sig" if codec == "utf-8" else codec


def decode(raw: bytes, encoding: str | None = None) -> str:
    """The text of a whole document, without its byte order mark. Raises Unreadable."""
    codec = declared(encoding) if encoding else detect(raw)
    try:
        return raw.decode(codec_of(codec)).removeprefix("\ufeff")
    except (UnicodeError, LookupError, AssertionError) as error:
        position = getattr(error, "start", 0)
        raise unreadable(ENCODING, encoding=codec, locator=f"byte {position}") from None


def _unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 shows by NUL bytes at every other place: any document has ASCII marks and line breaks.

    A few NULs stand at the other places as well: the low byte of 一 (U+4E00) is one.
    """
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    plain_start = b"\0" in sample[:2] and len(sample) > 1
    if max(even, odd) < (1 if plain_start else max(2, len(sample) // 200)) or max(even, odd) < 4 * min(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether what is no UTF-8 is mostly characters of three bytes and more in UTF-8, as Chinese is there.

    In GB18030 such a sequence comes about by chance, once among many characters of two bytes.
    """
    rest, wide = _WIDE.subn(b"", sample)
    return 3 * wide > len(rest) - len(rest.translate(None, _HIGH))


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=len(sample) < SAMPLE)
    except UnicodeDecodeError:
        return False
    return True


def _whatwg(name: str) -> codecs.CodecInfo | None:
    base, table = _CODECS.get(name.removeprefix("whatwg_"), ("", {})) if name.startswith("whatwg_") else ("", {})
    if not base:
        return None
    old, outdated = codecs.lookup(base), re.compile(f"[{''.join(map(chr, table))}]")

    def renewed(text: str) -> str:
        return text.translate(table) if outdated.search(text) else text

    class Decoder(codecs.IncrementalDecoder):
        def __init__(self, errors: str = "strict") -> None:
            super().__init__(errors)
            self._old = old.incrementaldecoder(errors)

        def decode(self, input: Any, final: bool = False) -> str:
            return renewed(self._old.decode(input, final))

        def reset(self) -> None:
            self._old.reset()

        def getstate(self) -> tuple[bytes, int]:
            return self._old.getstate()

        def setstate(self, state: tuple[bytes, int]) -> None:
            self._old.setstate(state)

    def decode(raw: Any, errors: str = "strict") -> tuple[str, int]:
        text, length = old.decode(raw, errors)
        return renewed(text), length

    return codecs.CodecInfo(
        old.encode, decode, name=name, incrementalencoder=old.incrementalencoder, incrementaldecoder=Decoder
    )


def _marked(error: UnicodeError) -> tuple[str, int]:
    """A mark for one bad byte; a delimiter that follows it is read as one."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end if error.encoding.startswith("utf") else error.start + 1


codecs.register(_whatwg)
codecs.register_error(MARKING, _marked)
