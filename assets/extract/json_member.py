"""One JSON file of an export, parsed; where it is broken, the byte at which it breaks."""

from __future__ import annotations

import codecs
import json
from typing import Any

import orjson


class BrokenJsonError(ValueError):
    """The bytes are no JSON. The message gives the byte and holds nothing of the content."""


def parse_json(raw: bytes) -> Any:
    """The value in ``raw`` (UTF-8, with or without a byte order mark).

    Raises ``BrokenJsonError``. Half an emoji (a lone surrogate escape), which some exporters cut
    off in the middle, becomes a replacement character.
    """
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "surrogate" in str(error).lower() or b"\\ud" in raw.lower():
            return _without_lone_surrogates(raw)
        raise _broken(raw) from None


def _without_lone_surrogates(raw: bytes) -> Any:
    try:
        lenient = json.dumps(json.loads(raw), ensure_ascii=False)
        return orjson.loads(lenient.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise _broken(raw) from None


def _broken(raw: bytes) -> BrokenJsonError:
    if not raw.strip():
        return BrokenJsonError("the file is empty; expected JSON")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return BrokenJsonError(f"no UTF-8 at byte {error.start}")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return BrokenJsonError(f"{error.msg} at byte {len(text[: error.pos].encode())}")
    except RecursionError:
        return BrokenJsonError("nested too deeply")
    return BrokenJsonError("a value that JSON does not have (such as NaN)")
