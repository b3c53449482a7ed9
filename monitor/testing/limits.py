"""What Slack refuses in a message, with its own codes, as the reference of blocks and of chat.postMessage has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BLOCKS, HEADER, SECTION, FIELDS, FIELD, ELEMENTS, BUTTONS, MARKDOWN = 50, 150, 3_000, 10, 2_000, 10, 25, 12_000
LABEL, VALUE, OPTIONS, OPTION = 75, 2_000, 100, 150
ALL_BLOCKS = 13_200
"""Characters of all blocks together, as measured by others; the reference does not name it."""
TEXT, METADATA = 40_000, 8_000
_KINDS = "actions context context_actions divider file header image input markdown rich_text section table video"

Block = Mapping[str, Any]


def refusal(text: str, blocks: object, metadata: object) -> tuple[str, tuple[str, ...]]:
    """The code, and what Slack says with it; an empty code = it is taken."""
    if not text and not blocks:
        return "no_text", ()
    if len(text) > TEXT:
        return "msg_too_long", ()
    if not isinstance(blocks, list):
        return "invalid_blocks_format", ()
    if faults := tuple(_faults(blocks)):
        return "invalid_blocks", faults
    if sum(map(len, _texts(blocks))) > ALL_BLOCKS:
        return "msg_blocks_too_long", ()
    return _metadata(metadata), ()


def _metadata(metadata: object) -> str:
    if not metadata:
        return ""
    if not isinstance(metadata, dict) or not metadata.get("event_type") or "event_payload" not in metadata:
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata)) > METADATA else ""


def _faults(blocks: Sequence[object]) -> Iterator[str]:
    if len(blocks) > BLOCKS:
        yield f"[ERROR] no more than {BLOCKS} items allowed [json-pointer:/blocks]"
    for number, block in enumerate(blocks):
        for place, fault in _of_block(block):
            yield f"[ERROR] {fault} [json-pointer:/blocks/{number}{place}]"


def _of_block(block: object) -> Iterator[tuple[str, str]]:
    if not isinstance(block, dict) or block.get("type") not in _KINDS.split():
        yield "/type", "unsupported type"
        return
    match block["type"]:
        case "header":
            yield from _text(block.get("text"), "/text", HEADER, "plain_text")
        case "section":
            yield from _section(block)
        case "context":
            yield from _context(block.get("elements"))
        case "actions":
            yield from _actions(block.get("elements"))
        case "markdown" if len(str(block.get("text", ""))) > MARKDOWN:
            yield "/text", f"must be less than {MARKDOWN + 1} characters"


def _section(block: Block) -> Iterator[tuple[str, str]]:
    if "text" in block or "fields" not in block:
        yield from _text(block.get("text"), "/text", SECTION)
    if "fields" in block:
        yield from _count(block["fields"], "/fields", FIELDS)
        for number, each in enumerate(block["fields"]):
            yield from _text(each, f"/fields/{number}", FIELD)


def _context(elements: object) -> Iterator[tuple[str, str]]:
    yield from _count(elements, "/elements", ELEMENTS)
    for number, each in enumerate(elements if isinstance(elements, list) else ()):
        if not isinstance(each, dict) or each.get("type") != "image":
            yield from _text(each, f"/elements/{number}", SECTION)


def _actions(elements: object) -> Iterator[tuple[str, str]]:
    yield from _count(elements, "/elements", BUTTONS)
    known: set[str] = set()
    for number, each in enumerate(elements if isinstance(elements, list) else ()):
        place = f"/elements/{number}"
        if each.get("action_id", "") in known:
            yield place, "action_id already exists"
        known.add(each.get("action_id", ""))
        if each.get("type") == "button":
            yield from _text(each.get("text"), f"{place}/text", LABEL, "plain_text")
            yield from _value(each.get("value"), place, VALUE)
        elif each.get("type") == "static_select":
            yield from _text(each.get("placeholder"), f"{place}/placeholder", HEADER, "plain_text")
            yield from _count(each.get("options"), f"{place}/options", OPTIONS)
            for option in each.get("options") or ():
                yield from _text(option.get("text"), f"{place}/options", LABEL, "plain_text")
                yield from _value(option.get("value"), place, OPTION)
        else:
            yield f"{place}/type", "unsupported type"


def _value(value: object, place: str, most: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        yield f"{place}/value", f"must be more than 0 and less than {most + 1} characters"


def _count(items: object, place: str, most: int) -> Iterator[tuple[str, str]]:
    if not isinstance(items, list) or not items:
        yield place, "missing required field"
    elif len(items) > most:
        yield place, f"no more than {most} items allowed"


def _text(text: object, place: str, most: int, *kinds: str) -> Iterator[tuple[str, str]]:
    if not isinstance(text, dict) or text.get("type") not in (kinds or ("plain_text", "mrkdwn")):
        yield place, "missing required field"
    elif not text.get("text"):
        yield f"{place}/text", "must be more than 0 characters"
    elif len(text["text"]) > most:
        yield f"{place}/text", f"must be less than {most + 1} characters"


def _texts(node: object) -> Iterator[str]:
    """Every text in blocks, at any depth."""
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
