"""Counting: messages and changes of 7 and 28 days, who dominates, who flaps, what people did."""

from __future__ import annotations

import math

from monitor.model.alert import Alert
from monitor.model.bar import DAY, Bar
from monitor.model.labels import Labels
from monitor.model.transition import Change, Recorded, Transition
from monitor.noise import Noise, Saving, Spoken, spoken, worded

AT = 100 * DAY
ALERTS = {"High": Alert("High", {}, bar=Bar.DAY)}


def change(day: int, kind: Change = Change.FIRING, model: str = "a", alert: str = "High") -> Recorded:
    made = Transition(alert, Labels.of(model=model), kind, day * DAY, day * DAY, day * DAY + DAY, 1.0, math.nan)
    return Recorded(made, silent=False, recorded_at=day * DAY + DAY)


def counted(*told: Recorded, receivers: int = 1, **deeds: dict[str, int]) -> list[Spoken]:
    """Each change in a message of its own, to so many receivers."""
    messages = [(each.recorded_at, (each.transition,)) for each in told for _ in range(receivers)]
    return spoken(messages, told, ALERTS, AT, deeds.get("acknowledged", {}), deeds.get("silenced", {}))


def test_recent_and_long() -> None:
    """Case: two within seven days, one before; a message to three receivers is one."""
    (found,) = counted(change(80), change(95), change(96), receivers=3)
    assert (found.messages, found.recent_messages, found.changes, found.recent_changes) == (3, 2, 3, 2)
    assert found.episodes == 3


def test_who_spoke_most_comes_first() -> None:
    """Law: by messages."""
    found = counted(change(80, alert="Rare"), change(90), change(91))
    assert [each.alert for each in found] == ["High", "Rare"]


def test_one_instance_dominates() -> None:
    """Case: three of four changes, and no word of it where there is but one instance."""
    (found,) = counted(change(80), change(85), change(90), change(91, model="b"))
    assert found.dominant == (Labels.of(model="a"), 0.75)
    (alone,) = counted(change(80), change(85), change(90), change(91))
    assert alone.dominant is None


def test_to_and_fro_flaps() -> None:
    """Case: four changes in three weeks do, three do not."""
    kinds = (Change.FIRING, Change.RESOLVED) * 2
    (found,) = counted(*(change(80 + day, kind) for day, kind in enumerate(kinds)))
    assert dict(found.flapping) == {Labels.of(model="a"): 4}
    (calm,) = counted(*(change(80 + day, kind) for day, kind in enumerate(kinds[:3])))
    assert not calm.flapping


def test_the_report_says_all_of_it() -> None:
    """Case: line by line."""
    found = counted(
        change(80), change(95), change(96), change(97, model="b"), acknowledged={"High": 2}, silenced={"High": 1}
    )
    saving = Saving("High", "for: 2 bars", told=19, instead=4, lasting=3)
    said = worded(Noise(AT, found, {"High": saving}))
    assert said.title == "Noise, 28 days to 1970-04-11: 4 messages, 100% of them from High"
    counts = "High: 3 messages in 7 days, 4 in 28 days (4 changes of 4 new episodes, 75% of them model=a)"
    assert said.lines == (
        f"{counts}; 2 acknowledged; 1 silenced",
        "→ `for: 2 bars` would have told 4 instead of 19 in 28 days, and lost none of 3 that lasted over 7 days",
    )


def test_what_can_not_be_advised_says_why() -> None:
    """Case: no change saves, none applies, no time."""
    found = counted(change(80))
    no_saving, no_change, no_time = (
        worded(each).lines[1]
        for each in (
            Noise(AT, found, {"High": None}),
            Noise(AT, found, eventful=["High"]),
            Noise(AT, found, untried=["High"]),
        )
    )
    assert no_saving == "→ no standard change would have told less without losing what lasted over 7 days"
    assert no_change.startswith("→ each change is news of its own")
    assert no_time == "→ no change was tried, for lack of time"


def test_a_quiet_month() -> None:
    """Case: nothing is pretended."""
    said = worded(Noise(AT, []))
    assert (said.title, said.lines) == ("Noise, 28 days to 1970-04-11: 0 messages", ("No rule spoke.",))


def test_it_is_owed_once_a_day() -> None:
    """Law: its id follows from the day."""
    assert worded(Noise(AT, [])).id == worded(Noise(AT + DAY - 1, [])).id != worded(Noise(AT + DAY, [])).id
