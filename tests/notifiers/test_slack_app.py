"""The manifest that a Slack app is made of asks for what the program uses, and for no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from monitor.notifiers.slack.interactions import COMMAND
from monitor.testing.slack import SCOPES

MANIFEST = Path(__file__).parents[2] / "deploy" / "slack-app.yaml"


def test_the_manifest_fits_the_program() -> None:
    """Its command, Socket Mode with buttons, and scopes."""
    found: Any = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    (command,) = found["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert found["settings"]["socket_mode_enabled"]
    assert found["settings"]["interactivity"]["is_enabled"]
    assert {*found["oauth_config"]["scopes"]["bot"]} == SCOPES | {"groups:history", "commands"}
