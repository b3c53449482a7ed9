"""Stories to be told to Slack, and what must be true of a channel after they were."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.model.bar import Bar
from monitor.model.detail import Detail
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Notification, Reason
from monitor.model.scene import Trail
from monitor.model.transition import Change, Transition
from monitor.testing import Message

CHANGES = (Change.FIRING, Change.LEVEL, Change.RESOLVED)
REPEAT = "possible repeat"
TRAIL = Trail(Unit.NUMBER, Bar.DAY, (0, 86_400), (0.1, 0.2), (0.1, 0.1))
RESTS: Mapping[Change, tuple[str, ...]] = {Change.FIRING: ("picture",), Change.LEVEL: ("overflow", "picture")}
"""What is posted after each, where one can reply."""


def told_at_length(number: int) -> Iterator[Notification]:
    """A story whose beginning has a picture, and whose middle has that and more lines than fit into a message."""
    for each in story(number):
        rests = RESTS.get(each.transitions[0].kind, ())
        lines = tuple(f"{line:02} {'x' * 500}" for line in range(20)) if "overflow" in rests else each.lines
        details = (Detail(each.title, trail=TRAIL if "picture" in rests else None),)
        yield replace(each, lines=lines, details=details)


def story(number: int, changes: Iterable[Change] = CHANGES) -> Iterator[Notification]:
    """One episode of one instance, from its beginning to its end."""
    for change in changes:
        transition = Transition("A", Labels.of(model=str(number)), change, 0, 0, 0, 1.0, 2.0)
        name = f"story {number} {change}"
        yield Notification(
            name, "slack", Reason.TRANSITION, "warning", f"story {number}", name, ("judged",), transitions=(transition,)
        )


def names(owed: Iterable[Notification]) -> list[str]:
    """The ids, which are the titles too."""
    return [each.id for each in owed]


def said_first(message: Message) -> str:
    """The title that it was posted with."""
    return (message.edits[0] if message.edits else message).text.splitlines()[0]


def is_marked(message: Message) -> bool:
    """Whether it says that it may be a repeat."""
    return REPEAT in (message.edits[0] if message.edits else message).text


def part_of(message: Message) -> str:
    """The id of the part that it is; empty for what stands by itself."""
    said = [str(message.metadata.get("event_payload", {}).get("notification_id", ""))]
    said += [each.name.removeprefix("A-").removesuffix(".png") for each in message.files]
    return next((each for each in said if each.endswith(("-overflow", "-picture"))), "")


def check_parts(owed: Sequence[Notification], posted: Sequence[Message]) -> int:
    """Every part of what is told at length stands once in its thread, after its text; how many there are."""
    place = {said_first(message): (number, message) for number, message in enumerate(posted) if not part_of(message)}
    found = Counter(part_of(message) for message in posted if part_of(message))
    wanted = [f"{each.id}-{part}" for each in owed for part in RESTS.get(each.transitions[0].kind, ())]
    assert found == Counter(wanted), "lost or doubled"
    for number, message in enumerate(posted):
        if part := part_of(message):
            text, parent = place[part.rpartition("-")[0]]
            assert number > text
            assert message.thread_ts == (parent.thread_ts or parent.ts)
    return len(wanted)


def check_each_once(owed: Sequence[Notification], posted: Sequence[Message]) -> None:
    """Nothing is lost, doubled or marked; all in order; a story is one message that shows its end, and its thread."""
    told = [said_first(message) for message in posted]
    assert not set(names(owed)) - set(told), "lost"
    assert len(told) == len(set(told)), f"doubled: {[each for each, times in Counter(told).items() if times > 1]}"
    assert told == names(owed), "out of order"
    assert not any(is_marked(message) for message in posted)
    threads = defaultdict(list)
    for message in posted:
        threads[message.thread_ts or message.ts].append(message)
    stories: defaultdict[str, list[str]] = defaultdict(list)
    for each in owed:
        stories[each.thread].append(each.title)
    assert [[said_first(message) for message in thread] for thread in threads.values()] == list(stories.values())
    assert [thread[0].text.splitlines()[0] for thread in threads.values()] == [
        titles[-1] for titles in stories.values()
    ]


def check_repeats_are_marked(owed: Sequence[Notification], posted: Sequence[Message]) -> int:
    """Nothing is lost, all in order, and whatever comes twice says so; how many do."""
    assert list(dict.fromkeys(said_first(message) for message in posted)) == names(owed)
    seen: set[str] = set()
    for message in posted:
        assert is_marked(message) or said_first(message) not in seen
        seen.add(said_first(message))
    return len(posted) - len(seen)
