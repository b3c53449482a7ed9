"""Settings: who wins, where a wrong one stands, and that no secret is ever shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.errors import SettingsError
from monitor.layers import default_ledger
from monitor.settings import Settings, load, shipped_rules

HOME = {"HOME": "/home/ana"}
SECRET = "xoxb-1234567890-abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the program is started; it has no monitor.toml."""
    return tmp_path


def written(folder: Path, text: str, name: str = "monitor.toml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def credentials(folder: Path, **secrets: str) -> dict[str, str]:
    for name, secret in secrets.items():
        written(folder, secret, f"credentials/{name}")
    return {"CREDENTIALS_DIRECTORY": str(folder / "credentials")}


def refusal(folder: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ={**HOME, **environ}, folder=folder)
    return str(caught.value)


def revealed(table: dict[str, object] | None, name: str) -> object:
    assert table is not None
    value = table[name]
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def test_nothing_needs_to_be_set(folder: Path) -> None:
    """Law: without any setting there is a ledger in the user's state folder and the rules that ship."""
    settings = load(environ=HOME, folder=folder)
    assert settings.ledger.path == Path("/home/ana/.local/state/monitor/ledger.sqlite")
    assert settings.rules == (shipped_rules(),)
    assert list(shipped_rules().glob("*.yaml"))
    assert (settings.sources, settings.slack, settings.influxdb) == ({}, None, None)
    assert settings.late_after == timedelta(hours=3)
    assert settings.late_notice == timedelta(hours=24)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/monitor"}, "/var/lib/monitor/ledger.sqlite"),
        ({"STATE_DIRECTORY": "/var/lib/monitor:/var/lib/other"}, "/var/lib/monitor/ledger.sqlite"),
        ({"XDG_STATE_HOME": "/srv/state"}, "/srv/state/monitor/ledger.sqlite"),
        ({"XDG_STATE_HOME": "relative/is/ignored"}, "/home/ana/.local/state/monitor/ledger.sqlite"),
    ],
)
def test_the_ledger_is_in_the_state_folder_there_is(environ: dict[str, str], expected: str) -> None:
    """Case: systemd's folder, else the user's as XDG says."""
    assert default_ledger(HOME | environ) == Path(expected)


def test_flags_win_over_environment_over_credentials_over_file(folder: Path) -> None:
    """Law: of what is set in several places the nearest to the person who started the program counts."""
    written(folder, '[slack]\ntoken = "file"\nchannel = "file"\n[log]\nlevel = "debug"\n[ledger]\npath = "file"\n')
    environ = HOME | credentials(folder, slack__token="credential", slack__channel="credential", log__level="error")
    assert revealed(load(environ=environ, folder=folder).slack, "token") == "credential"
    environ |= {"MONITOR_SLACK__TOKEN": "environment", "MONITOR_LEDGER__PATH": "/environment"}
    settings = load({("ledger", "path"): Path("/flag")}, environ=environ, folder=folder)
    assert revealed(settings.slack, "token") == "environment"
    assert revealed(settings.slack, "channel") == "credential"
    assert settings.log.level == "error"
    assert settings.ledger.path == Path("/flag")


def test_every_setting_says_who_set_it(folder: Path) -> None:
    """Law: an origin is named as it is written there."""
    path = written(folder, '[slack]\nchannel = "file"\n')
    environ = HOME | credentials(folder, slack__token="credential") | {"MONITOR_LOG__LEVEL": "error"}
    settings = load({("rules",): "x"}, environ=environ, folder=folder)
    assert settings.where(("rules",)) == "--rules"
    assert settings.where(("log", "level")) == "MONITOR_LOG__LEVEL"
    assert settings.where(("slack", "token")) == "credential slack__token"
    assert settings.where(("slack", "channel")) == f"{path}: slack.channel"
    assert settings.where(("ledger", "path")) == "ledger.path"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"MONITOR_LOG__LEVL": "info"}, "MONITOR_LOG__LEVL: unknown setting\n    did you mean 'level'?"),
        ({"MONITOR_SLAK__TOKEN": SECRET}, "MONITOR_SLAK__TOKEN: unknown setting\n    did you mean 'slack'?"),
        ({"MONITOR_INTERVALL": "1h"}, "MONITOR_INTERVALL: unknown setting\n    known: catalog, contact,"),
        ({"MONITOR_CONTACT__MAIL": "x"}, "MONITOR_CONTACT__MAIL: got"),
    ],
)
def test_an_unknown_variable_is_an_error_with_the_nearest_name(
    folder: Path, environ: dict[str, str], said: str
) -> None:
    """Case: pydantic-settings alone would ignore it, and the default would count."""
    assert refusal(folder, **environ).startswith(said)


def test_an_unknown_credential_is_an_error(folder: Path) -> None:
    """Case: a credential with a typing error would otherwise leave the receiver without its token."""
    said = refusal(folder, **credentials(folder, slack_token=SECRET))
    assert said == "credential slack_token: unknown setting\n    did you mean 'slack'?"


def test_an_unknown_key_of_the_file_is_an_error(folder: Path) -> None:
    """Case: with the file and the key."""
    path = written(folder, '[log]\nlevle = "info"\n')
    assert refusal(folder) == f"{path}: log.levle: unknown setting\n    did you mean 'level'?"


def test_all_problems_are_told_at_once(folder: Path) -> None:
    """Law: nobody has to start the program five times to learn of five mistakes."""
    path = written(folder, 'late_after = "soon"\ncontakt = "x"\n[log]\nlevel = "loud"\n')
    said = refusal(folder, MONITOR_LOG__FORMAT="xml", MONITOR_DRAIN="0s")
    assert f"{path}: late_after: got 'soon', expected a span such as 90m, 24h, 7d or 2w" in said
    assert f"{path}: contakt: unknown setting\n    did you mean 'contact'?" in said
    assert f"{path}: log.level: got 'loud', input should be 'debug', 'info', 'warning' or 'error'" in said
    assert "MONITOR_LOG__FORMAT: got 'xml', input should be 'auto', 'text' or 'json'" in said
    assert "MONITOR_DRAIN: got" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("late_after = \n", "monitor.toml:1:14: not TOML: "),
        ("[log\n", "monitor.toml:1:5: not TOML: "),
        ("contact = 'a'\ncontact = 'b'\n", "monitor.toml:2:14: not TOML: Cannot overwrite a value"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_place(folder: Path, text: str, said: str) -> None:
    """Case: the parser's own error would reach the user as a traceback."""
    written(folder, text)
    assert said in refusal(folder)


def test_a_file_that_is_no_text_is_told(folder: Path) -> None:
    """Case: another encoding."""
    (folder / "monitor.toml").write_bytes("contact = 'Zoë'".encode("latin-1"))
    assert "byte 14 is not UTF-8" in refusal(folder)


@pytest.mark.parametrize("name", ["flag", "variable"])
def test_a_file_that_is_asked_for_must_be_there(folder: Path, name: str) -> None:
    """Case: a typing error in --config must not mean the defaults."""
    missing = folder / "missing.toml"
    environ = HOME | ({"MONITOR_CONFIG": str(missing)} if name == "variable" else {})
    with pytest.raises(SettingsError) as caught:
        load(config=missing if name == "flag" else None, environ=environ, folder=folder)
    assert str(caught.value) == f"{missing}: can not be read: No such file or directory"


def test_the_file_of_the_flag_wins_over_the_one_of_the_variable(folder: Path) -> None:
    """Case: --config, MONITOR_CONFIG and ./monitor.toml all there."""
    written(folder, 'contact = "here"')
    variable = written(folder, 'contact = "variable"', "variable.toml")
    flag = written(folder, 'contact = "flag"', "flag.toml")
    environ = HOME | {"MONITOR_CONFIG": str(variable)}
    assert load(environ=HOME, folder=folder).contact == "here"
    assert load(environ=environ, folder=folder).contact == "variable"
    assert load(config=flag, environ=environ, folder=folder).contact == "flag"


def test_relative_paths_of_a_file_count_from_its_folder(folder: Path) -> None:
    """Law: what a file says does not change with the folder the program is started in."""
    path = written(folder, 'rules = ["rules", "/abs"]\ncatalog = "c.yaml"\n[ledger]\npath = "l"\n', "etc/m.toml")
    settings = load(config=path, environ=HOME, folder=Path("/"))
    assert settings.rules == (folder / "etc/rules", Path("/abs"))
    assert settings.catalog == folder / "etc/c.yaml"
    assert settings.ledger.path == folder / "etc/l"


def test_paths_in_a_variable_are_separated_as_in_path(folder: Path) -> None:
    """Case: MONITOR_RULES=a:b."""
    assert load(environ=HOME | {"MONITOR_RULES": "a:b"}, folder=folder).rules == (Path("a"), Path("b"))


def test_texts_of_tables_stay_texts(folder: Path) -> None:
    """Case: a key of digits. pydantic-settings' own source would read it as JSON and make a number of it."""
    environ = HOME | {"MONITOR_SOURCES__OPENROUTER_RANKINGS__KEY": "0123", "MONITOR_SLACK__CHANNEL": "null"}
    settings = load(environ=environ, folder=folder)
    assert revealed(settings.sources["openrouter_rankings"], "key") == "0123"
    assert revealed(settings.slack, "channel") == "null"


def test_an_empty_variable_is_not_set(folder: Path) -> None:
    """Case: MONITOR_CONTACT=${CONTACT} in a container file."""
    assert load(environ=HOME | {"MONITOR_CONTACT": ""}, folder=folder).contact == "no contact given"


def test_variables_of_the_tests_are_no_settings(folder: Path) -> None:
    """Case: `monitor check` beside tests that are told where a server's binary is; a longer CONFIG is a mistake."""
    environ = HOME | {"MONITOR_TEST_INFLUXD": "/bin/influxd"}
    assert load(environ=environ, folder=folder).contact == "no contact given"
    assert "MONITOR_CONFIGURATION: unknown setting" in refusal(folder, MONITOR_CONFIGURATION="x")


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_the_line_end_of_a_credential_is_no_part_of_it(folder: Path, end: str) -> None:
    """Case: `echo secret > file` ends with a newline, which no server would take."""
    environ = HOME | credentials(folder, slack__token=SECRET + end)
    assert revealed(load(environ=environ, folder=folder).slack, "token") == SECRET


def test_a_credentials_folder_that_is_missing_is_told(folder: Path) -> None:
    """Case: pydantic-settings alone would only warn, and start without the token."""
    missing = str(folder / "missing")
    assert refusal(folder, CREDENTIALS_DIRECTORY=missing).startswith(f"{missing}: No such file or directory")


def test_a_value_and_a_table_of_one_name_are_told(folder: Path) -> None:
    """Case: MONITOR_LOG beside MONITOR_LOG__LEVEL."""
    assert "MONITOR_LOG__LEVEL: a part of it is set" in refusal(folder, MONITOR_LOG="x", MONITOR_LOG__LEVEL="info")


def test_no_secret_is_in_any_text_about_settings(folder: Path) -> None:
    """Law: neither what settings look like, nor what is said of wrong ones, holds a secret's value."""
    environ = HOME | credentials(folder, slack__webhook=SECRET, log__level=SECRET)
    written(folder, f'[influxdb]\ntoken = "{SECRET}"\n')
    told = refusal(folder, **environ, MONITOR_SLACK=SECRET)
    told += refusal(folder, **environ, MONITOR_SLACK__TOKEN=SECRET, MONITOR_SLACK__TOKEN__X=SECRET)
    (folder / "credentials/log__level").unlink()
    settings = load(environ=environ | {"MONITOR_SLACK__TOKEN": SECRET}, folder=folder)
    told += repr(settings) + str(settings) + repr(settings.slack) + repr(settings.layers) + settings.model_dump_json()
    assert SECRET not in told
    assert "credential log__level: input should be" in told


def test_made_directly_only_what_is_passed_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Law: a demo or a test is not changed by the surroundings of the process."""
    monkeypatch.setenv("MONITOR_CONTACT", "environment")
    monkeypatch.setenv("contact", "environment")
    written(tmp_path, 'contact = "file"')
    monkeypatch.chdir(tmp_path)
    assert Settings(late_after=timedelta(hours=1)).contact == "no contact given"
