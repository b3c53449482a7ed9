"""From settings to adapters: what is on, what is wrong, and that the example file tells of everything."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from monitor import notifiers, sinks, sources
from monitor.adapters import adapters
from monitor.catalog import shipped
from monitor.compose import feeds, listeners, streams
from monitor.errors import SettingsError
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.registry import modules
from monitor.settings import InhibitionSettings, RouteSettings, Settings, load
from monitor.sources import csv, influxdb
from monitor.sources.own import Series
from tests.notifiers.desk import FakeDesk

EXAMPLE = Path(__file__).resolve().parents[1] / "deploy" / "monitor.toml"
SECRET = "sk-or-v1-0123456789abcdef"
FOR_TESTS = {("receivers", "base_url")}


def settings(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    (tmp_path / "monitor.toml").write_text(text, encoding="utf-8")
    return load(environ={"HOME": "/home/ana", **environ}, folder=tmp_path)


def refusal(tmp_path: Path, text: str = "", **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        adapters(settings(tmp_path, text, **environ))
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_without_settings_prices_are_polled_and_told_on_the_console(tmp_path: Path) -> None:
    """Law: what needs no key and is meant to be on is; all else is off and says why."""
    found = adapters(settings(tmp_path))
    assert list(found.sources) == ["openrouter_models"]
    assert found.off["openrouter_rankings"] == "needs key"
    assert found.off["openrouter_endpoints"] == "needs models"
    assert found.off["litellm"] == "not named in the settings"
    assert list(found.receivers) == ["console"]
    assert not found.sinks


def test_a_key_alone_switches_a_source_on(tmp_path: Path) -> None:
    """Case: MONITOR_SOURCES__OPENROUTER_RANKINGS__KEY and nothing else."""
    found = adapters(settings(tmp_path, MONITOR_SOURCES__OPENROUTER_RANKINGS__KEY=SECRET))
    assert sorted(found.sources) == ["openrouter_models", "openrouter_rankings"]
    assert "openrouter_rankings" not in found.off
    assert found.secrets == {SECRET}
    assert SECRET not in repr(found)


@pytest.mark.parametrize("table", ["[sources.litellm]", "[sources.litellm]\nenabled = true"])
def test_an_empty_table_switches_a_list_on(tmp_path: Path, table: str) -> None:
    """Case: it has a default for everything, but is only asked by those who name it."""
    found = adapters(settings(tmp_path, table))
    assert sorted(found.sources) == ["litellm", "openrouter_models"]
    assert "litellm" not in found.off


@pytest.mark.parametrize("no", ["false", "no", "0", "off"])
def test_a_source_can_be_switched_off(tmp_path: Path, no: str) -> None:
    """Case: from the environment, where there are only texts."""
    found = adapters(settings(tmp_path, MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED=no))
    assert not found.sources
    assert found.off["openrouter_models"] == "switched off"


def test_a_source_that_is_switched_off_may_lack_its_key(tmp_path: Path) -> None:
    """Case: the key is in the environment of another machine."""
    text = "[sources.openrouter_rankings]\nenabled = false\ndaily_days = 3\n"
    assert adapters(settings(tmp_path, text)).off["openrouter_rankings"] == "switched off"


def test_a_source_that_is_mentioned_must_be_whole(tmp_path: Path) -> None:
    """Case: a table without its key is a mistake, not a wish for silence."""
    said = refusal(tmp_path, "[sources.openrouter_rankings]\ndaily_days = 3\n")
    assert said == "monitor.toml: sources.openrouter_rankings: 'key' is missing"


def test_texts_become_what_the_adapter_wants(tmp_path: Path) -> None:
    """Case: numbers and spans from the environment."""
    config = (
        adapters(
            settings(
                tmp_path,
                MONITOR_SOURCES__OPENROUTER_RANKINGS__KEY=SECRET,
                MONITOR_SOURCES__OPENROUTER_RANKINGS__DAILY_DAYS="7",
                MONITOR_SOURCES__OPENROUTER_RANKINGS__STALE_AFTER="2d",
            )
        )
        .sources["openrouter_rankings"]
        .config.model_dump()
    )
    assert config["daily_days"] == 7
    assert config["stale_after"] == timedelta(days=2)


def test_all_problems_of_all_adapters_are_told_at_once(tmp_path: Path) -> None:
    """Law: each with who wrote it and the nearest right name, and none with a secret."""
    text = f"""
[sources.openrouter_modles]
[sources.openrouter_rankings]
kee = "{SECRET}"
daily_days = "{SECRET}"
[slack]
webhook = "http://{SECRET}.example/"
"""
    said = refusal(
        tmp_path,
        text,
        MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED="perhaps",
        MONITOR_INFLUXDB__URL=f"http://user:{SECRET}@localhost",
    )
    assert "monitor.toml: sources.openrouter_modles: unknown setting\n    did you mean 'openrouter_models'?" in said
    assert "monitor.toml: sources.openrouter_rankings.kee: unknown setting\n    did you mean 'key'?" in said
    assert "monitor.toml: sources.openrouter_rankings: 'key' is missing" in said
    assert "monitor.toml: sources.openrouter_rankings.daily_days: input should be a valid integer" in said
    assert "MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED: input should be a valid boolean" in said
    assert "monitor.toml: slack: expected an address with https:// in webhook" in said
    assert "MONITOR_INFLUXDB__URL: expected an address without user, password" in said
    assert SECRET not in said


SHEET = """
kind = "csv"
url = "/srv/sheet.csv"
[[sources.NAME.series]]
metric = "price_output"
value = "usd"
unit = "USD per token"
"""


def sheet(name: str, more: str = "") -> str:
    return f"[sources.{name}]\n{more}{SHEET.replace('NAME', name)}"


def test_tables_of_any_name_may_be_of_a_kind(tmp_path: Path) -> None:
    """Case: two sheets, one of them with the name of its kind; a secret of theirs from the environment is a secret."""
    text = sheet("our_prices") + sheet("csv").replace('kind = "csv"\n', "") + sheet("third").replace('"csv"', '"json"')
    environ = {"MONITOR_SOURCES__OUR_PRICES__HEADERS__X_API_KEY": SECRET, "MONITOR_SOURCES__THIRD__ENABLED": "no"}
    found = adapters(settings(tmp_path, text, **environ))
    assert {name: adapter.module.KIND for name, adapter in found.sources.items()} == {
        "openrouter_models": "openrouter_models",
        "our_prices": "csv",
        "csv": "csv",
    }
    assert found.off["third"] == "switched off"
    assert found.secrets == {SECRET}
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (sheet("Ours"), "Ours: expected a name of small letters, digits and _, at most 40, beginning with a letter"),
        (sheet("2nd"), "2nd: expected a name of small letters, digits and _"),
        (
            sheet("openrouter_models"),
            "openrouter_models: is the name of another source; give the table a name of its own",
        ),
        (sheet("openrouter"), "openrouter: is the name of another source"),
        (sheet("json"), "json: is the name of another source"),
        (
            sheet("ours").replace('"csv"', '"xlsx"'),
            "ours.kind: expected csv, influxdb or json: others go by their own name",
        ),
        (
            '[sources.ours]\nkind = "openrouter_models"\n',
            "ours.kind: expected csv, influxdb or json: others go by their own name",
        ),
        ('[sources.ours]\nurl = "/x"\n', "a source of your own needs kind, which is csv, influxdb or json"),
        ("[sources.ours]\nkind = 5\n", "ours.kind: expected csv, influxdb or json"),
        ('[sources.ours]\nkind = "csv"\nurl = "/x"\n', "sources.ours: 'series' is missing"),
        (sheet("ours", 'schedule = "never"\n'), "sources.ours.schedule: string should match pattern"),
        (sheet("ours").replace('"usd"', '"usd"\nvalues = "x"'), "sources.ours.series.0.values: unknown setting"),
        (
            sheet("ours").replace("per token", "per word"),
            "sources.ours.series.0: got the unit 'USD per word', expected for price_output: USD per million tokens or",
        ),
    ],
)
def test_a_table_that_can_not_be_a_source_is_told(tmp_path: Path, text: str, told: str) -> None:
    """Law: with its place and what was expected; a source never takes the name that another's samples carry."""
    assert told in refusal(tmp_path, text)


def test_a_schedule_that_never_comes_is_refused_before_the_start(tmp_path: Path) -> None:
    """Case: the 31st of February."""
    said = refusal(tmp_path, '[sources.openrouter_models]\nschedule = "0 0 31 2 *"\n')
    assert said == "monitor.toml: sources.openrouter_models.schedule: got '0 0 31 2 *', which never comes"


def test_a_configured_receiver_takes_the_place_of_the_console(tmp_path: Path) -> None:
    """Case: under systemd the console would only fill the journal."""
    found = adapters(settings(tmp_path, MONITOR_SLACK__TOKEN="xoxb-1234567890", MONITOR_SLACK__CHANNEL="#x"))
    assert list(found.receivers) == ["slack"]
    assert found.secrets == {"xoxb-1234567890"}


def test_receivers_have_names_and_kinds(tmp_path: Path) -> None:
    """Law: several of one kind, each with its own settings, from the file, the environment and credentials alike."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "receivers__ops__token").write_text(SECRET, encoding="utf-8")
    text = """
[slack]
webhook = "https://hooks.slack.com/services/T/B/one"
[receivers.ops]
kind = "slack"
channel = "#file"
[receivers.console]
"""
    environ = {"MONITOR_RECEIVERS__OPS__CHANNEL": "#ops", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    found = adapters(settings(tmp_path, text, **environ))
    assert {name: adapter.module.KIND for name, adapter in found.receivers.items()} == {
        "console": "console",
        "ops": "slack",
        "slack": "slack",
    }
    assert found.receivers["ops"].config.model_dump()["channel"] == "#ops"
    assert found.secrets == {SECRET, "https://hooks.slack.com/services/T/B/one"}
    assert SECRET not in repr(found)


def test_every_problem_of_every_receiver_is_told(tmp_path: Path) -> None:
    """Law: unknown kinds, names and settings with the nearest right one, all at once, none with a secret."""
    text = f"""
[slack]
webhok = "https://{SECRET}.example/"
[receivers.slack]
channel = "#x"
[receivers.ops]
kind = "slak"
[receivers.team]
channel = "#x"
[receivers.console]
kind = "slack"
[receivers.Loud]
kind = "console"
[receivers.dev]
kind = "slack"
chanel = "#dev"
token = "{SECRET}"
"""
    said = refusal(tmp_path, text, MONITOR_RECEIVERS__DEV__TOKN=SECRET)
    assert "monitor.toml: receivers.slack: is the name of the receiver in [slack]; keep one of them" in said
    assert "monitor.toml: receivers.ops.kind: got 'slak', expected" in said
    assert "did you mean 'slack'?" in said
    assert "monitor.toml: receivers.team: 'kind' is missing, expected apprise, console" in said
    assert "monitor.toml: receivers.console: is the name of a kind; give the table a name of its own" in said
    assert "monitor.toml: receivers.Loud: expected a name of small letters" in said
    assert "monitor.toml: receivers.dev.chanel: unknown setting\n    did you mean 'channel'?" in said
    assert "MONITOR_RECEIVERS__DEV__TOKN: unknown setting\n    did you mean 'token'?" in said
    assert SECRET not in said


def test_every_problem_of_every_route_is_told(tmp_path: Path) -> None:
    """Law: unknown receivers and settings with the nearest right one, what can not be matched, what is never tried."""
    text = """
[receivers.ops]
kind = "console"
[[routes]]
match = 'severity==critical'
receivers = ["opps"]
[[routes]]
receivers = ["ops"]
[[routes]]
match = 'a="b"'
receivers = ["ops"]
"""
    said = refusal(tmp_path, text)
    assert "monitor.toml: routes.0.match: column 1: got 'severity==critical', expected" in said
    assert "monitor.toml: routes.0.receivers: no receiver is called 'opps'\n    did you mean 'ops'?" in said
    assert "monitor.toml: routes.1: takes everything, so that no later route is ever tried" in said
    with pytest.raises(SettingsError, match=r"routes\.0\.mach: unknown setting\n    did you mean 'match'"):
        settings(tmp_path, "[[routes]]\nmach = 'a'\nreceivers = []\ncontinue = true\n")


def test_every_stream_is_fed_by_itself(tmp_path: Path) -> None:
    """Law: a sink has a worker for each stream, with its own cursor over the ledger."""
    found = adapters(settings(tmp_path, "[influxdb]\nurl = 'http://localhost:8086'\nbucket = 'b'\n"))
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        made = tuple(feeds(found, streams(ledger, shipped), lambda: datetime.now(UTC)))
        assert [(feed.name, feed.lag()) for feed in made] == [(each.cursor("influxdb"), 0) for each in Stream]
        assert len({feed.name for feed in made}) == len(Stream) > 2


def uncommented(text: str) -> str:
    """The example with every setting taken over; prose has a blank after its #."""
    return re.sub(r"^#(?! |$)", "", text, flags=re.MULTILINE)


def test_the_example_file_is_sound_as_it_is(tmp_path: Path) -> None:
    """Law: it changes nothing."""
    found = adapters(settings(tmp_path, EXAMPLE.read_text(encoding="utf-8")))
    assert found == adapters(settings(tmp_path))


def test_the_example_file_is_sound_with_everything_taken_over(tmp_path: Path) -> None:
    """Law: every line of it is a setting that exists, with a value that fits; Slack wants one of two ways."""
    text = re.sub(r"^webhook.*\n", "", uncommented(EXAMPLE.read_text(encoding="utf-8")), flags=re.MULTILINE)
    found = adapters(settings(tmp_path, text))
    assert found.sources.keys() == {*modules(sources), "our_team", "our_metrics"} - {"csv", "influxdb", "json"}
    assert {each.module.KIND for each in found.receivers.values()} == {*modules(notifiers)} - {"console"}
    assert list(found.sinks) == ["influxdb"]


def test_the_example_file_tells_of_every_setting() -> None:
    """Law: there is no setting, of the process or of any adapter, that it does not name."""
    written = tomllib.loads(uncommented(EXAMPLE.read_text(encoding="utf-8")))
    own = written["sources"].pop("our_team")
    assert own.keys() == {*csv.Config.model_fields, "kind", "enabled"}
    assert {*own["series"][0]} == {*Series.model_fields}
    metrics = written["sources"].pop("our_metrics")
    assert metrics.keys() | own.keys() - {"headers", "delimiter"} == {*influxdb.Config.model_fields, "kind", "enabled"}
    assert {*written.pop("routes")[0]} == {field.alias or name for name, field in RouteSettings.model_fields.items()}
    assert {*written.pop("inhibit")[0]} == {*InhibitionSettings.model_fields}
    receivers = written.pop("receivers")
    told = {*leaves(written), *(("receivers", name) for table in receivers.values() for name in table)}
    assert known() - told == FOR_TESTS
    assert not told - known()


def test_values_of_the_example_are_the_defaults() -> None:
    """Law: whoever takes a line over unchanged changes nothing, where there is a default at all."""
    written = tomllib.loads(uncommented(EXAMPLE.read_text(encoding="utf-8")))
    for name, module in single().items():
        table = {key: value for key, value in written["sources"][name].items() if key != "enabled"}
        bare = (
            key for key, field in module.Config.model_fields.items() if field.is_required() or field.default is None
        )
        required = {key: table[key] for key in bare}
        spans = {key: timedelta(hours=int(table[key][:-1])) for key in ("stale_after",)}
        assert module.Config(**(table | spans)) == module.Config(**required)
    own = Settings(
        late_after=written["late_after"],
        late_notice=written["late_notice"],
        drain=written["drain"],
        contact=written["contact"],
        log=written["log"],
    )
    assert own == Settings()


def leaves(table: Mapping[str, object], under: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, value in table.items():
        found += leaves(value, (*under, name)) if isinstance(value, Mapping) else [(*under, name)]
    return found


def single() -> dict[str, ModuleType]:
    """The kinds of source that go by their own name."""
    return {kind: module for kind, module in modules(sources).items() if not getattr(module, "NAMED", False)}


def known() -> set[tuple[str, ...]]:
    tables = {"sources", "receivers", "routes", "inhibit", "slack", "influxdb"}
    found = set(names(Settings)) - {(name,) for name in tables}
    for name, module in single().items():
        found |= {("sources", name, "enabled"), *names(module.Config, ("sources", name))}
    for module in modules(notifiers).values():
        found |= {("receivers", "kind"), *names(module.Config, ("receivers",))}
    for name, module in modules(sinks).items():
        found |= set(names(module.Config, (name,)))
    return found


def names(model: type[BaseModel], under: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += names(inner, (*under, name))
        else:
            found.append((*under, name))
    return found


def test_who_can_act_is_listened_to(tmp_path: Path) -> None:
    """A listener for each Slack app that has an app token; none for other receivers."""
    told = """[slack]
token = "xoxb-1"
channel = "C1"
app_token = "xapp-1"
[receivers.dev]
kind = "slack"
token = "xoxb-1"
channel = "C2"
app_token = "xapp-1"
users = ["U1"]
[receivers.other]
kind = "slack"
token = "xoxb-2"
channel = "C3"
app_token = "xapp-2"
[receivers.plain]
kind = "slack"
token = "xoxb-1"
channel = "C4"
[receivers.console]
"""
    assert len(listeners(adapters(settings(tmp_path, told)), FakeDesk())) == 2
    assert listeners(adapters(settings(tmp_path)), FakeDesk()) == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("8:00", "monitor.toml: digest.daily: got '8:00': 1 fields, expected 5"),
        ("0 8 30 2 *", "monitor.toml: digest.daily: got '0 8 30 2 *', which never comes"),
    ],
)
def test_schedules_of_digests_are_checked_at_the_start(tmp_path: Path, written: str, told: str) -> None:
    """Case: as those of sources are."""
    assert told in refusal(tmp_path, f'[digest]\ndaily = "{written}"\n')
