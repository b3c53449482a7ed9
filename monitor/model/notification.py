"""Notifications: what is said to one receiver, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model.detail import Detail
from monitor.model.labels import Labels
from monitor.model.transition import Transition


class Reason(StrEnum):
    """Why a notification is sent."""

    TRANSITION = "transition"  # an alert changed
    FEED = "quarantine"  # something is wrong with a feed, or no longer (the word is that of older ledgers)
    RULES = "rules"  # rule files could not be (re)loaded
    DELIVERY = "delivery"  # another receiver does not take what it is sent
    SINK = "sink"  # a sink takes nothing, takes again, or refuses lines
    BACKUP = "backup"  # no backup of the ledger can be made, or again
    TEST = "test"
    ACTION = "action"  # somebody acknowledged or silenced it
    REPORT = "report"  # a digest of the market, or what rules said how often

    @property
    def word(self) -> str:
        """As routes name it: transition, feed, rules, delivery, sink, backup, test, action or report."""
        return self.name.lower()


class Mood(StrEnum):
    """How the story of a notification stands beside what its transitions say."""

    PLAIN = ""
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to be said to one receiver; its id follows from its content, so planning it twice yields one.

    `title` is one line of plain text, `lines` follow it; neither is escaped for a receiver. `citations` must be shown.
    `severity`: info, warning or critical. `thread`: equal for all that belongs to one story. `labels`: of the rule.
    `details`: of the transitions, in their order, as many as are worth showing. `link`: the page where there is more;
    empty = none. `mood`: what people or the dispatcher made of it. `quiet`: the message that began the story is edited
    where that is possible, and nothing new is said. `part`: not the whole, which was delivered, but what its notifier
    calls so and still owes of it. The outbox alone knows `possible_repeat`, `tried_at` (epoch seconds
    when its first try began, 0 = this is it) and `follows`: what began the story, if its receiver can find that again.
    """

    id: str
    receiver: str
    reason: Reason
    severity: str
    thread: str
    title: str
    lines: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    transitions: tuple[Transition, ...] = ()
    possible_repeat: bool = False
    details: tuple[Detail, ...] = ()
    link: str = ""
    labels: Labels = field(default_factory=Labels)
    mood: Mood = Mood.PLAIN
    quiet: bool = False
    part: str = ""
    tried_at: int = 0
    follows: Said | None = None

    @property
    def text(self) -> str:
        """The whole as plain text."""
        repeat = ("(possible repeat)",) if self.possible_repeat else ()
        link = (self.link,) if self.link else ()
        return "\n".join((self.title, *self.lines, *repeat, *self.citations, *link))


@dataclass(frozen=True, slots=True)
class Said:
    """A notification that its receiver took; `reference` finds it there again (Slack: channel and ts)."""

    notification: Notification
    reference: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiver said it took; `reference` finds it again, and is empty where nothing can.

    `begins`: whether it stands by itself, so that what follows of its story can go on from it. `remark`: what whoever
    runs the program should know, once. `rest`: parts of it that are owed now; they hold up nothing but their like.
    """

    reference: str = ""
    begins: bool = True
    remark: str = ""
    rest: tuple[Notification, ...] = ()
