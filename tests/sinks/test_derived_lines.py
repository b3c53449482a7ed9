"""Lines of shares and of what is said of prices: each field always of its type, what is unknown left out."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from monitor.model.bar import Bar
from monitor.model.share import Share
from monitor.sinks.share_lines import share_lines
from monitor.sinks.truth_lines import truth_lines
from monitor.truth.event import Event, Kind, Reading, Said, Sighting, Status, Word
from monitor.truth.step import Key, Offer

AT = 1770595200
SHARE = Share("openrouter", "tokens", Bar.WEEK, "vendor", "mistral ai", AT, 0.25, 5e9, 2.0)
WORD = Word(AT + 60, Status.CLAIMED, Reading(Kind.PRICE, 'it is "so"'))
EVENT = Event(
    Key(Offer("deepseek/v4", "together"), "price_output"), 2.0, 1.0, AT, [WORD], [Sighting("litellm", "x", AT, 2.0)]
)


def test_a_share_is_one_line() -> None:
    """Tags sorted; the rank is whole."""
    (written,) = share_lines([(SHARE,), ()])
    assert written == (
        "shares,bar=week,by=vendor,metric=tokens,name=mistral\\ ai,source=openrouter "
        f"share=0.25,amount=5000000000.0,rank=2i,sealed=t {AT}000000000"
    )


def test_numbers_that_are_not_known_are_left_out() -> None:
    """Nothing stands in their place."""
    unknown = replace(SHARE, share=math.nan, amount=math.nan, rank=math.nan)
    assert share_lines([(unknown,)])[0].split(" ")[-2:] == ["sealed=t", f"{AT}000000000"]


def line(event: Event = EVENT, word: Word = WORD) -> str:
    (written,) = truth_lines([(), (Said(event, word),)])
    return written


def place(written: str) -> tuple[str, str]:
    return written.partition(" ")[0], written.rpartition(" ")[2]


def test_a_word_is_one_line() -> None:
    """The host is a part of what is sold; the second is when it was said."""
    written = line()
    tags, at = place(written)
    assert tags == "price_truth,metric=price_output,model=x,offer=deepseek/v4@together,source=litellm,status=claimed"
    assert written.removeprefix(f"{tags} ").removesuffix(f" {at}") == (
        f'before=2.0,after=1.0,change=-0.5,kind="price",evidence="it is \\"so\\"",first_at={AT}i'
    )
    assert (int(at) // 10**9, len(at)) == (AT + 60, 19)


def test_evidence_that_there_is_none_of_and_a_rise_from_nothing() -> None:
    """An empty text and an infinite change are left out; a host that is the maker is none."""
    event = replace(EVENT, key=Key(Offer("deepseek/v4"), "price_output"), old=0.0)
    assert " before=0.0,after=1.0,kind=" in line(event, replace(WORD, reading=Reading(Kind.ZERO)))
    assert "evidence" not in line(event, replace(WORD, reading=Reading(Kind.ZERO)))
    assert ",offer=deepseek/v4,source" in line(event)


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, old=3.0),
        replace(EVENT, new=0.5),
        replace(EVENT, at=AT + 1),
        replace(EVENT, sightings=[Sighting("litellm", "y", AT, 2.0)]),
    ],
)
def test_changes_that_are_told_alike_keep_a_point_each(other: Event) -> None:
    """Law: one price, one instant, one status, another change."""
    assert place(line()) != place(line(other))


def test_what_is_found_out_later_does_not_move_a_point() -> None:
    """Law: the same word is the same point, whoever else showed the change meanwhile."""
    later = replace(EVENT, sightings=[*EVENT.sightings, Sighting("openrouter", "z", AT + 90, 2.0)])
    assert line(later) == line()
