"""The console."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from monitor.errors import DeliveryError
from monitor.notifiers import console
from tests.notifiers.said import CITATION, NOTIFICATION


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_a_notification_is_a_block() -> None:
    """Severity and title first, everything else below it, the citation among it, an empty line last."""
    stream = io.StringIO()
    console.Console(stream).send(replace(NOTIFICATION, possible_repeat=True))
    assert stream.getvalue() == (
        "[critical] Chinese models overtook US models: 4.119T against 2.933T a week\n"
        "  week of 2026-02-09 to 2026-02-15 (UTC), judged 2026-02-16 00:20 UTC\n"
        "  (possible repeat)\n"
        f"  {CITATION}\n"
        "\n"
    )


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal yes, with NO_COLOR no, in a file no."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, plain, file = Terminal(), Terminal(), io.StringIO()
    console.Console(terminal).send(NOTIFICATION)
    console.Console(file).send(NOTIFICATION)
    monkeypatch.setenv("NO_COLOR", "1")
    console.Console(plain).send(NOTIFICATION)
    assert terminal.getvalue().startswith("\x1b[1;31m[critical]\x1b[0m ")
    assert "\x1b" not in plain.getvalue() + file.getvalue()


def test_foreign_text_can_not_steer_the_terminal() -> None:
    """Escape sequences and line breaks of a source are shown as blanks."""
    stream = io.StringIO()
    console.Console(stream).send(replace(NOTIFICATION, title="a\x1b[2Jb\rc", lines=("d\x07e",), citations=()))
    assert stream.getvalue() == "[critical] a [2Jb\n  c\n  d e\n\n"


def test_a_name_that_the_output_can_not_encode_stops_nothing() -> None:
    """What is not in the stream's alphabet is a question mark."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console.Console(stream).send(replace(NOTIFICATION, title="模型 → 1", lines=(), citations=()))
    assert raw.getvalue() == b"[critical] ?? ? 1\n\n"


def test_built_from_its_config_it_writes_to_the_output_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """The receiver that works without any configuration."""
    console.build(console.Config()).send(NOTIFICATION)
    assert capsys.readouterr().out.startswith("[critical] Chinese models")


def test_an_output_that_is_gone_is_a_delivery_error() -> None:
    """A closed stream is an outcome that nobody can know, not a crash."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError, match="can not be written") as failed:
        console.Console(stream).send(NOTIFICATION)
    assert (failed.value.permanent, failed.value.outcome_unknown) == (False, True)
