"""The Slack of a storm, and what its channel says of each episode in the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from monitor.testing import Chance, FakeSlack, Message
from monitor.testing.loopback import Reply, Request

ALERTS, ENDED = 400, 100
GAP = 1.0  # seconds between two messages that Slack takes
FALTERING = Chance(seed=20260216, busy=0.05, broken=0.02, lost=0.01, wait=3)
"""429 with Retry-After beside those of the pace, 503, and posted with the answer lost."""
_MODEL = re.compile(r"lab/m\d{3}")
_MANY = re.compile(r"\b(\d+) (?:firing|resolved)|\[(?:FIRING|RESOLVED):?(\d*)\]")


class Slack(FakeSlack):
    """Falters, and takes what Alertmanager sends: a text in an attachment."""

    def __init__(self) -> None:
        super().__init__(chance=FALTERING, gap=GAP)

    def answer(self, request: Request) -> Reply | None:
        if b'"attachments"' in request.body:
            sent: dict[str, Any] = json.loads(request.body)
            text = "\n".join(f"{each['title']}\n{each['text']}" for each in sent.pop("attachments"))
            kept = {name: value for name, value in sent.items() if name == "channel" and "/api/" in request.target}
            request = replace(request, body=json.dumps({**kept, "text": text}).encode())
        return super().answer(request)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the firings and the ends that should be told: how many were, and how many messages say what one said before.

    `unsaid`: of those that came again, how many did not say so. `disordered`: episodes whose end came before their
    beginning. `unheard`: ends told of what was never told firing. `last`: seconds from the snapshot to the last message
    that says something new.
    """

    firing: int
    resolved: int
    doubled: int
    unsaid: int
    disordered: int
    unheard: int
    messages: int
    requests: int
    last: float


def tally(slack: FakeSlack, began: float) -> Tally:
    """What the channel says; `began`: epoch seconds of the snapshot."""
    told: dict[tuple[str, str], str] = {}
    before: set[frozenset[tuple[str, str]]] = set()
    repeats: list[str] = []
    for message in map(_first, slack.posted):
        said = frozenset(changes(message.text))
        if said in before:
            repeats.append(message.text)
        before.add(said)
        for change in said:
            told.setdefault(change, message.ts)
    begun = {model: ts for (kind, model), ts in told.items() if kind == "firing"}
    ends = {model: ts for (kind, model), ts in told.items() if kind == "resolved"}
    return Tally(
        firing=len(begun),
        resolved=len(ends),
        doubled=len(repeats),
        unsaid=sum("possible repeat" not in text for text in repeats),
        disordered=sum(ts < begun[model] for model, ts in ends.items() if model in begun),
        unheard=len(ends.keys() - begun.keys()),
        messages=len(slack.posted),
        requests=len(slack.calls),
        last=max(map(float, told.values()), default=began) - began,
    )


def changes(text: str) -> Iterator[tuple[str, str]]:
    """(firing or resolved, model) of all in a message; a line without a word of its own says what the title does.

    Where it only counts the changes (the first twenty have a line), those without a line are numbered.
    """
    title, *lines = text.splitlines()
    kind = "resolved" if "resolved" in title.lower() else "firing"
    named = {(_kind(line, kind), model) for line in (title, *lines) for model in _MODEL.findall(line)}
    yield from sorted(named)
    counted = _MANY.search(title)
    for number in range(len(named), int((counted and (counted[1] or counted[2])) or 0)):
        yield kind, f"number {number}"


def _kind(line: str, otherwise: str) -> str:
    return next((kind for kind in ("firing", "resolved") if kind in line.lower()), otherwise)


def _first(message: Message) -> Message:
    """As it was posted."""
    return replace(message.edits[0] if message.edits else message, ts=message.ts)
