"""What is said of feeds: once when something is wrong, once when it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.dispatch import Routes, over_notice, trouble_notice
from monitor.model.notification import Reason
from monitor.model.trouble import Trouble, TroubleKind

AT = 1770595200  # 2026-02-09T00:00Z
HOUR = 3600
LOST = Trouble("openrouter_models", TroubleKind.QUARANTINED, "3 of 400 models left", AT, 1, None)


def test_a_trouble_is_one_notice_for_each_receiver_however_long_it_lasts() -> None:
    """The id follows from the first look of the row; the reason and what follows from it are said."""
    first = trouble_notice(Routes(("a", "b")), LOST, last_good=AT - HOUR, at=AT)
    worse = replace(LOST, why="2 of 400 models left", looks=9)
    later = trouble_notice(Routes(("a", "b")), worse, last_good=AT - HOUR, at=AT + 8 * HOUR)
    assert [notice.id for notice in later] == [notice.id for notice in first]
    assert len({notice.id for notice in first}) == 2
    assert first[0].reason is Reason.FEED
    assert first[0].lines[:3] == (
        "3 of 400 models left",
        "first seen 2026-02-09 00:00 UTC",
        "What it showed last, 2026-02-08 23:00 UTC (1 hour ago), stays in use until it is too old (stale_after).",
    )
    assert later[0].lines[1] == "since 2026-02-09 00:00 UTC"


def test_another_start_and_another_kind_are_other_notices() -> None:
    """Another story each."""
    others = (LOST, replace(LOST, since=AT + 1), replace(LOST, kind=TroubleKind.FROZEN), replace(LOST, poll="x"))
    notices = [trouble_notice(Routes(("a",)), each, last_good=None, at=AT)[0] for each in others]
    assert len({notice.id for notice in notices}) == 4
    assert len({notice.thread for notice in notices}) == 4


@pytest.mark.parametrize("kind", [kind for kind in TroubleKind if kind is not TroubleKind.BACKUP])
def test_the_end_is_told_in_the_thread_of_its_beginning(kind: TroubleKind) -> None:
    """With another id, and how long it lasted."""
    trouble = replace(LOST, kind=kind)
    (began,) = trouble_notice(Routes(("a",)), trouble, last_good=None, at=AT)
    (ended,) = over_notice(Routes(("a",)), trouble, now_shown="the answer has 400 entries", at=AT + 3 * HOUR)
    assert ended.thread == began.thread
    assert ended.id != began.id
    assert (began.severity, ended.severity) == ("warning", "info")
    assert began.lines[2] == "It never brought anything that could be used."
    assert ended.lines == (
        "after 3 hours; the answer has 400 entries",
        "since 2026-02-09 00:00 UTC it was: 3 of 400 models left",
    )
