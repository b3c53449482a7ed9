"""Secrets of every kind of receiver: nowhere that a person or a log could see them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from monitor import notifiers
from monitor.adapters import adapters
from monitor.errors import DeliveryError, SettingsError
from monitor.registry import modules
from monitor.settings import load
from tests.notifiers.said import NOTIFICATION
from tests.secrecy import assert_hidden, chained

SECRET = "verysecret0123456789"
SETTINGS: Mapping[str, str] = {
    "apprise": "url = 'json://127.0.0.1:PORT/SECRET'",
    "console": "",
    "email": "host = '127.0.0.1'\nport = PORT\nsecurity = 'none'\nsender = 'a@b.c'\nto = 'a@b.c'\n"
    "user = 'a'\npassword = 'SECRET'",
    "slack": "token = 'SECRET'\napp_token = 'xapp-SECRET'\nchannel = '#x'\nbase_url = 'http://127.0.0.1:PORT/'",
    "webhook": "url = 'http://127.0.0.1:PORT/SECRET'\nsecret = 'SECRET'\ntoken = 'SECRET'",
}
"""A whole table for each kind, against a server that closes without an answer."""


def written(folder: Path, text: str, port: int = 9) -> Path:
    path = folder / "monitor.toml"
    path.write_text(text.replace("SECRET", SECRET).replace("PORT", str(port)), encoding="utf-8")
    return path


def test_every_kind_is_tried() -> None:
    """Law: a new kind has to be in the table."""
    assert SETTINGS.keys() == modules(notifiers).keys()


@pytest.mark.parametrize("kind", SETTINGS)
def test_no_kind_shows_its_secrets(
    kind: str,
    tmp_path: Path,
    closing: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Law: not in settings, adapters or notifiers as text, not in what a failing send raises, logs or prints."""
    path = written(tmp_path, f"[receivers.own]\nkind = '{kind}'\n{SETTINGS[kind]}\n", closing())
    settings = load(config=path, environ={"HOME": str(tmp_path)}, folder=tmp_path)
    found = adapters(settings)
    adapter = found.receivers["own"]
    assert all(SECRET in secret for secret in found.secrets)
    assert bool(found.secrets) == (kind != "console")
    notifier = adapter.module.build(adapter.config)
    shown = [repr(settings), str(settings), repr(found), repr(adapter.config), str(adapter.config), repr(notifier)]
    with caplog.at_level(logging.WARNING):
        try:
            notifier.send(NOTIFICATION)
        except DeliveryError as error:
            assert kind != "console"
            shown += chained(error)
    assert_hidden([SECRET], texts=[*shown, caplog.text, *capfd.readouterr()])


@pytest.mark.parametrize("kind", sorted(SETTINGS.keys() - {"console"}))
def test_no_complaint_shows_a_secret(kind: str, tmp_path: Path) -> None:
    """Law: a secret in a wrong place, of a wrong form or under a wrong name is not repeated in the refusal."""
    module = modules(notifiers)[kind]
    secrets = [
        name for name, field in module.Config.model_fields.items() if SecretStr.__name__ in str(field.annotation)
    ]
    assert secrets
    wrong = "\n".join(f'{name} = "SECRET \\u0001 SECRET"' for name in secrets)
    path = written(tmp_path, f"[receivers.own]\nkind = '{kind}'\nunheard = 'SECRET'\n{wrong}\n")
    settings = load(config=path, environ={"HOME": str(tmp_path)}, folder=tmp_path)
    with pytest.raises(SettingsError) as refused:
        adapters(settings)
    assert SECRET not in f"{refused.value}{refused.value!r}"
    with pytest.raises(ValidationError) as raw:
        module.Config.model_validate(dict.fromkeys(secrets, f"{SECRET} \x01") | {"unheard": SECRET})
    assert SECRET not in str(raw.value)
