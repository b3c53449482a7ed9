"""What looks for secrets finds them, wherever one was left."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
import sys
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from tests.secrecy import assert_hidden

SECRET = "a/secret of+tests"
WAITING = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(
    "text",
    [
        f"https://example.org/{SECRET}?x",
        "https://example.org/?key=a%2Fsecret%20of%2Btests",
        *(b64encode(f"{'u' * each}:{SECRET}:".encode()).decode() for each in range(3)),
        gzip.compress(SECRET.encode()),
    ],
    ids=["plain", "quoted", *(f"Base64 {each}" for each in range(3)), "packed"],
)
def test_it_is_found_in_a_text_in_every_form(text: str | bytes) -> None:
    """Plain, quoted, in Base64 behind a user's name of any length, and packed."""
    with pytest.raises(AssertionError, match=r"begins 'a/sec' shows in text 1$"):
        assert_hidden([SECRET], texts=["nothing here", text])


def test_it_is_found_in_what_a_ledger_keeps_packed_and_in_its_log(tmp_path: Path) -> None:
    """A cell that is compressed; and what was written a moment ago is in the -wal alone."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("CREATE TABLE bodies (body BLOB)")
        raw.execute("INSERT INTO bodies VALUES (?)", (gzip.compress(SECRET.encode()),))
        raw.execute("PRAGMA user_version = 1")
        raw.commit()
        with pytest.raises(AssertionError, match=r"shows in ledger\.sqlite, unpacked$"):
            assert_hidden([SECRET], folder=tmp_path)
        raw.execute("INSERT INTO bodies VALUES (?)", (SECRET.encode(),))
        raw.commit()
        with pytest.raises(AssertionError, match=r"ledger\.sqlite-wal"):
            assert_hidden([SECRET], folder=tmp_path)
    assert_hidden([SECRET], folder=tmp_path, apart=[path.name])


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("argument", "variable", "where"), [("{}", "", "the arguments of"), ("", "{}", "the environment of")]
)
def test_it_is_found_in_what_a_process_has_started(argument: str, variable: str, where: str) -> None:
    """In arguments, and in the environment that a child was given."""
    secret = f"secret-of-{where[4:7]}-{os.getpid()}"  # others see the arguments of this test too
    command = [sys.executable, "-c", WAITING, argument.format(secret)]
    environment = {**os.environ, "KEY": variable.format(secret)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        with pytest.raises(AssertionError, match=f"shows in {where} process {child.pid}$"):
            assert_hidden([secret], process=os.getpid())
        child.communicate()
    assert_hidden([secret], process=os.getpid())
