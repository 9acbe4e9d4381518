"""A seal as it comes to a process that signs with it: its drawing made the picture that stands on the page."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import typst

from gateway.seals.pades import Hand

_PICTURE = """
#set page(width: {0}mm, height: {0}mm, margin: 0pt, fill: none)
#image(bytes(sys.inputs.svg), format: "svg", width: {0}mm)
"""


def hand_of(given: Mapping[str, Any]) -> Hand:
    """A seal of an order, as `Impression.as_dict` writes it."""
    template = _PICTURE.format(given["diameter"]).encode()
    picture = typst.compile(template, format="pdf", ignore_system_fonts=True, sys_inputs={"svg": given["svg"]})
    return Hand(
        title=given["title"],
        certificate=b64decode(given["certificate"]),
        private_key=b64decode(given["private_key"]),
        picture=bytes(picture),  # pyright: ignore[reportArgumentType] - a PDF is one file
        diameter=given["diameter"],
    )
