"""Rule files at start and at reload: a broken rule keeps its last good version, the others are taken over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.daemon import Daemon
from monitor.errors import LedgerFullError, RuleError
from monitor.ledger import Ledger
from monitor.ledger.rulebook import Rulebook
from monitor.model.labels import Labels
from monitor.ports import Window
from tests.daemon.fakes import DAY, DEAR, HOUR, MONDAY, RULES, USAGE, Script, World, days, usage_poll

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=20)
BROKEN = RULES.replace("tokens", "tokenz")
MORE_BROKEN = DEAR.replace("price_output", "prize_output")
QUIET = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Quiet
        watch: tokens(model="a")
        below: 60
"""

TWO = f"{RULES}{QUIET.partition('    rules:')[2].removeprefix(chr(10))}"
FELL = QUIET.replace("Quiet", "Fell").replace("below", "crosses_below")
RISE = QUIET.replace("Quiet", "Rise").replace("below: 60", "rises: 20%")
HIGH = RULES.replace("Busy", "High")


def market(ledger: Ledger) -> World:
    """Usage that swings around the lines of the rules, day by day."""
    script = [days(MONDAY, a=[90, 110, 50, 90, 55][:day]) for day in range(1, 6)]
    return World(ledger, [usage_poll(Script(script))])


async def polled(world: World, daemon: Daemon, *through: int) -> None:
    """Each of these days is over, and its figures are there the next morning."""
    for day in through:
        world.clock.at = MONDAY + day * DAY + MORNING
        await daemon.poll(USAGE)


async def test_broken_rules_at_start_are_told_all_at_once(ledger: Ledger) -> None:
    """Every problem of every file, with its place and the nearest right word; nothing is judged."""
    world = market(ledger)
    world.rules = (BROKEN, MORE_BROKEN)
    with pytest.raises(RuleError) as caught:
        await world.started()
    assert str(caught.value).splitlines() == [
        "rules/1.yaml:7:16: Busy: watch: unknown metric 'tokenz'",
        "    did you mean 'tokens'?",
        "rules/2.yaml:7:16: Dear: watch: unknown metric 'prize_output'",
        "    did you mean 'price_output'?",
    ]
    assert ledger.progress() == {}


async def test_a_first_start_takes_nothing_over_where_anything_is_wrong(ledger: Ledger) -> None:
    """One sound file and a broken one: whoever sets it up is there to correct it."""
    world = market(ledger)
    world.rules = (RULES, MORE_BROKEN)
    with pytest.raises(RuleError):
        await world.started()
    assert ledger.rulebook.accepted() == {}


async def test_broken_rules_at_reload_leave_the_last_good_ones(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """One notice an attempt, to every receiver, with the problems; and what they watched goes on being watched."""
    world = market(ledger)
    daemon = await world.started()
    await polled(world, daemon, 1)
    world.rules = (BROKEN, MORE_BROKEN)
    await daemon.reload()
    assert await world.titles(daemon) == ["Rules: 2 problems; the last good version stays"]
    assert world.inbox.sent[0].lines == (
        "rules/1.yaml:7:16: Busy: watch: unknown metric 'tokenz' did you mean 'tokens'?",
        "rules/2.yaml:7:16: Dear: watch: unknown metric 'prize_output' did you mean 'price_output'?",
        "as of 2026-02-02 00:00 UTC stays: Busy",
        "not in force, as it never was sound: Dear",
        "read 2026-02-03 00:20 UTC",
    )
    assert "2 problems, the last good rules stay" in caplog.text
    world.clock.at += DAY
    await daemon.poll(USAGE)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]


async def test_good_rules_at_reload_take_over_and_what_is_new_is_silent(ledger: Ledger) -> None:
    """A rule that comes in judges history without a word and tells the next bar; one that is taken out says its end."""
    world = market(ledger)
    daemon = await world.started()
    await polled(world, daemon, 1, 2)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]
    world.rules = (QUIET,)
    await daemon.reload()
    assert ledger.judged("Quiet", "openrouter") == int((MONDAY + 2 * DAY).timestamp())
    assert await world.titles(daemon) == ["Ended: Busy: a"]
    await polled(world, daemon, 3, 4, 5)
    assert await world.titles(daemon) == [
        "Quiet: a: 50 against 60",
        "Resolved: Quiet: a: 90 against 60",
        "Quiet: a: 55 against 60",
    ]


async def test_a_reload_on_a_full_disk_is_said_and_done_later(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in force stays so; the next beat takes over what it could not."""
    world = market(ledger)
    daemon = await world.started()
    await polled(world, daemon, 1)

    def full(*_: object, **__: object) -> None:
        raise LedgerFullError("ledger.sqlite: the disk is full")

    world.rules = (QUIET,)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", full)
        await daemon.reload()
    assert "the disk is full" in caplog.text
    await daemon.heartbeat()
    world.clock.at += DAY
    await daemon.poll(USAGE)
    assert ledger.judged("Quiet", "openrouter") == int((MONDAY + 2 * DAY).timestamp())


async def firing(ledger: Ledger) -> tuple[World, Daemon]:
    """Busy fires, and a person was told; after it the market stands still."""
    world = market(ledger)
    daemon = await world.started()
    await polled(world, daemon, 1, 2)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]
    return world, daemon


async def test_the_sound_rules_of_a_broken_file_are_taken_over(ledger: Ledger) -> None:
    """Isolation: in one and the same file a new version of one rule, while the other one is broken and stays."""
    world = market(ledger)
    world.rules = (TWO,)
    daemon = await world.started()
    await polled(world, daemon, 1)
    world.rules = (TWO.replace("above: 100", "above: 105").replace("below: 60", "below: sixty"),)
    await daemon.reload()
    (title,) = await world.titles(daemon)
    assert title == "Rules: 1 problem; the last good version stays"
    await polled(world, daemon, 2, 3, 4, 5)
    assert await world.titles(daemon) == [
        "Busy: a: 110 against 105",
        "Resolved: Busy: a: 50 against 105",
        "Quiet: a: 50 against 60",
        "Resolved: Quiet: a: 90 against 60",
        "Quiet: a: 55 against 60",
    ]


async def test_texts_and_amounts_are_edited_without_a_trace(ledger: Ledger) -> None:
    """A firing episode goes on: nobody is told of the edit, and its end is told in the new words."""
    world, daemon = await firing(ledger)
    edited = RULES.replace("above: 100", "above: 80\n        annotations: {summary: 'busy {{ labels.model }}'}")
    world.rules = (edited,)
    await daemon.reload()
    assert await world.titles(daemon) == []
    (instance,) = ledger.open_instances()
    assert instance.state.since == int((MONDAY + DAY).timestamp())
    await polled(world, daemon, 3, 4, 5)
    assert await world.titles(daemon) == ["Resolved: busy a", "busy a", "Resolved: busy a"]


async def test_a_rule_that_becomes_another_is_armed_anew(ledger: Ledger) -> None:
    """Whoever heard that it fired hears why it ended; the new one is silent over history and of what it finds there."""
    world, daemon = await firing(ledger)
    world.rules = (RULES.replace('tokens(model="a")', "sum(tokens)"),)
    await daemon.reload()
    assert await world.titles(daemon) == ["Ended: Busy: a"]
    said = world.inbox.sent[-1]
    assert said.lines == (
        "The rule was changed: what it watches, its condition or its bar. It is judged as a new one now.",
        "a, since 2026-02-03",
        "taken over 2026-02-04 00:20 UTC",
    )
    assert said.thread == world.inbox.sent[-2].thread
    (instance,) = ledger.open_instances()
    assert instance.labels == Labels.of(source="openrouter")
    await polled(world, daemon, 3, 4, 5)
    assert await world.titles(daemon) == []  # its beginning was in history: nobody heard of it


async def test_a_line_that_is_moved_is_not_crossed_by_that(ledger: Ledger) -> None:
    """A value between the old line and the new one: with the new one it never was above, so it did not fall."""
    world = market(ledger)
    world.rules = (FELL,)
    daemon = await world.started()
    await polled(world, daemon, 1, 2)
    world.rules = (FELL.replace("60", "120"),)
    await daemon.reload()
    await polled(world, daemon, 3, 4, 5)
    assert await world.titles(daemon) == []


async def test_an_open_episode_goes_on_with_the_new_amount(ledger: Ledger) -> None:
    """Also of a rule that looks back; what was sealed before the edit is judged by the version of that time."""
    world = market(ledger)
    world.rules = (FELL,)
    daemon = await world.started()
    await polled(world, daemon, 1)
    ledger.learn(days(MONDAY, a=[90, 110, 50])(Window(world.clock.at + 2 * DAY)))
    world.clock.at += 2 * DAY + HOUR
    world.rules = (FELL.replace("60", "120"),)  # which nothing ever was above, so that nothing fell below it
    daemon = await world.started()
    assert await world.titles(daemon) == ["Fell: a: 50 against 60"]
    (instance,) = ledger.open_instances()
    assert instance.state.since == int((MONDAY + 2 * DAY).timestamp())
    ledger.learn(days(MONDAY, a=[90, 110, 50, 90, 130])(Window(world.clock.at + 2 * DAY)))
    world.clock.at += 2 * DAY + HOUR
    again = await world.started()
    assert await world.titles(again) == ["Resolved: Fell: a: 130 against 120"]


async def test_figures_restated_after_an_edit_do_not_end_an_open_episode(ledger: Ledger) -> None:
    """Bars from before the edit are judged anew and nobody is told of them; what is open stays, and its end is told."""
    world = market(ledger)
    world.rules = (FELL,)
    daemon = await world.started()
    await polled(world, daemon, 1, 2, 3)
    assert await world.titles(daemon) == ["Fell: a: 50 against 60"]
    world.rules = (FELL.replace("60", "120"),)
    await daemon.reload()
    world.clock.at += DAY
    ledger.learn(days(MONDAY, a=[90, 111, 51, 90])(Window(world.clock.at)))
    again = await world.started()
    assert await world.titles(again) == []
    (instance,) = ledger.open_instances()
    assert instance.state.since == int((MONDAY + 2 * DAY).timestamp())
    world.clock.at += DAY
    ledger.learn(days(MONDAY, a=[90, 111, 51, 90, 130])(Window(world.clock.at)))
    assert await world.titles(await world.started()) == ["Resolved: Fell: a: 130 against 120"]


async def test_what_nobody_heard_of_ends_without_a_word(ledger: Ledger) -> None:
    """An episode that began in history, of a rule that is taken out again."""
    world, daemon = await firing(ledger)
    world.rules = (RULES, HIGH)
    await daemon.reload()
    assert {each.alert for each in ledger.open_instances()} == {"Busy", "High"}
    world.rules = (RULES,)
    await daemon.reload()
    assert await world.titles(daemon) == []
    assert {each.alert for each in ledger.open_instances()} == {"Busy"}


async def test_an_alert_whose_ends_are_not_told_ends_without_a_word(ledger: Ledger) -> None:
    """A rise is told once: that its rule is gone is no news of it."""
    world = market(ledger)
    world.rules = (RISE, HIGH)
    daemon = await world.started()
    await polled(world, daemon, 1, 2)
    assert set(await world.titles(daemon)) == {"High: a: 110 against 100", "Rise: a: 110 against 90"}
    world.rules = (HIGH,)
    await daemon.reload()
    assert await world.titles(daemon) == []


async def test_a_rule_that_comes_back_is_new(ledger: Ledger) -> None:
    """Taken out and put in again: what it missed is history, nothing of before is remembered."""
    world, daemon = await firing(ledger)
    world.rules = (HIGH,)
    await daemon.reload()
    assert await world.titles(daemon) == ["Ended: Busy: a"]
    await polled(world, daemon, 3, 4, 5)
    world.rules = (RULES, HIGH)
    await daemon.reload()
    assert ledger.judged("Busy", "openrouter") == int((MONDAY + 5 * DAY).timestamp())
    assert [title for title in await world.titles(daemon) if "Busy" in title] == []


async def test_a_broken_rule_is_in_force_after_a_restart(ledger: Ledger) -> None:
    """Its last good version starts with the others and still tells; the problem is told once a day, not each time."""
    world = market(ledger)
    await world.started()
    world.rules = (BROKEN, QUIET)
    await world.started()
    world.clock.at += MORNING
    daemon = await world.started()
    assert await world.titles(daemon) == ["Rules: 1 problem; the last good version stays"]
    assert ledger.rulebook.accepted()["Busy"].kept_at == int(MONDAY.timestamp())
    await polled(world, daemon, 1, 2)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]
    again = await world.started()
    assert await world.titles(again) == ["Rules: 1 problem; the last good version stays"]
    world.rules = (RULES, QUIET)
    await world.started()
    assert ledger.rulebook.accepted()["Busy"].kept_at is None


async def test_a_change_while_it_was_stopped_is_a_change(ledger: Ledger) -> None:
    """What an edit did between two runs is the same as with a reload."""
    world, _ = await firing(ledger)
    world.rules = (QUIET,)
    daemon = await world.started()
    assert await world.titles(daemon) == ["Ended: Busy: a"]
    assert set(ledger.rulebook.accepted()) == {"Quiet"}


async def test_a_ledger_from_before_the_rulebook_keeps_its_states(ledger: Ledger) -> None:
    """The first time rules are written down, what is remembered of them is theirs."""
    world, _ = await firing(ledger)
    ledger.rulebook.forget("Busy")
    daemon = await world.started()
    assert await world.titles(daemon) == []
    await polled(world, daemon, 3, 4, 5)
    assert await world.titles(daemon) == ["Resolved: Busy: a: 50 against 100"]


async def test_a_changed_file_is_taken_over_without_a_signal(ledger: Ledger) -> None:
    """At the second look that finds it as it is, and once."""
    world = market(ledger)
    daemon = await world.started()
    world.rules = (RULES, QUIET)
    await daemon.look_at_rules()
    assert set(ledger.rulebook.accepted()) == {"Busy"}
    await daemon.look_at_rules()
    assert set(ledger.rulebook.accepted()) == {"Busy", "Quiet"}
    world.rules = (RULES, BROKEN.replace("Busy", "Quiet"))
    for _ in range(5):
        world.clock.at += MORNING
        await daemon.look_at_rules()
    assert len(await world.titles(daemon)) == 1


async def test_rules_that_the_ledger_could_not_take_are_taken_at_a_later_beat(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: what was in force stays so, also in the ledger; then the heartbeat makes up for it."""
    world, daemon = await firing(ledger)

    def full(*_: object) -> None:
        raise LedgerFullError("ledger.sqlite: the disk is full")

    world.rules = (QUIET,)
    with monkeypatch.context() as patched:
        patched.setattr(Rulebook, "accept", full)
        await daemon.reload()
    assert set(ledger.rulebook.accepted()) == {"Busy"}
    assert {each.alert for each in ledger.open_instances()} == {"Busy"}
    assert await world.titles(daemon) == []
    await daemon.heartbeat()
    assert set(ledger.rulebook.accepted()) == {"Quiet"}
    assert await world.titles(daemon) == ["Ended: Busy: a"]


async def test_every_edit_is_on_record(ledger: Ledger) -> None:
    """New, changed, armed anew, kept, dropped; what stays as it is leaves no trace, and a kept one only once."""
    world = market(ledger)
    daemon = await world.started()
    await daemon.reload()
    for rules in (TWO, TWO.replace("above: 100", "above: 90"), BROKEN, BROKEN, HIGH):
        world.clock.at += HOUR
        world.rules = (rules,)
        await daemon.reload()
    every = ledger.deeds.since(0)
    assert {(each.actor, each.via) for each in every} == {("rule files", "reload")}
    assert [(each.alert, each.deed) for each in every] == [
        ("", "1 rules taken over"),
        ("Quiet", "rule new"),
        ("Busy", "rule changed"),
        ("Busy", "rule on its last good version"),
        ("Quiet", "rule dropped"),
        ("High", "rule new"),
        ("Busy", "rule dropped"),
    ]
