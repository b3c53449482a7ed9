"""A person in Slack acts on an alert of a monitor that runs: button, command, thread, record."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

from monitor.testing import FakeSlack
from tests.acceptance.market import Market, serving
from tests.acceptance.process import Program, until
from tests.acceptance.test_acting import RULES
from tests.acceptance.test_run import remember_a_price, settings


def test_a_press_of_a_button_is_told_in_the_thread_and_stands(tmp_path: Path) -> None:
    """Why and History answer who asked; Acknowledge is told to all, edits the message, and is on record."""
    (tmp_path / "rules.yaml").write_text(RULES)
    program = Program(tmp_path)
    remember_a_price(program.ledger, RULES)
    with serving(Market(at=datetime(2026, 7, 30, tzinfo=UTC))) as server, FakeSlack() as slack:
        program.settings.update(settings(server.url, program.folder))
        own = {"TOKEN": slack.token, "APP_TOKEN": slack.app_token, "CHANNEL": "C00000001", "BASE_URL": slack.api}
        program.settings.update({f"MONITOR_SLACK__{name}": value for name, value in own.items()})
        with program.running("run") as running:
            until(lambda: bool(slack.posted), running.log.read_text)
            assert "below: true" in slack.told(slack.press(slack.posted[0], "Why"))
            assert "against $50" in slack.told(slack.press(slack.posted[0], "History"))
            assert "acknowledged" in slack.told(slack.press(slack.posted[0], "Acknowledge"))
            until(lambda: _thread(slack) == ["Acknowledged by jane: Cheap: openai/gpt-5.6-luna: $3 against $50"], str)
            assert "Acknowledged by jane" in slack.posted[0].text
            assert len(slack.posted[0].edits) == 1
            assert "acknowledged by jane" in slack.told(slack.command("alerts"))
            assert "1 alert firing" in slack.told(slack.command("status"))
            assert "silenced" in slack.told(slack.press(slack.posted[0], "1 day"))
            assert running.stop(signal.SIGTERM) == 0
    deeds = [json.loads(line) for line in program.run("history", "--json").stdout.splitlines()]
    assert ("jane", "slack", "acknowledged") in [(each["actor"], each["via"], each["deed"]) for each in deeds]


def _thread(slack: FakeSlack) -> list[str]:
    """The first lines of the replies to the first message, pictures excepted."""
    replies = [each for each in slack.posted[1:] if each.thread_ts == slack.posted[0].ts and not each.files]
    return [each.text.splitlines()[0] for each in replies]
