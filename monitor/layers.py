"""Where settings are written: flags, environment, credentials, a TOML file; a layer each, with names of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import SettingsError

Place = tuple[str, ...]
"""The names that lead to a setting: ("slack", "token")."""

PREFIX = "MONITOR_"
CONFIG = "MONITOR_CONFIG"
"""The variable that names the TOML file."""
_OF_TESTS = "MONITOR_TEST_"  # variables of this program's own tests, such as where a server's binary is
_DELIMITER = "__"
_LARGEST = 64 * 1024  # bytes of a credential
_TOML_PLACE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")
_PATHS: tuple[Place, ...] = (("ledger", "path"), ("ledger", "backups"), ("rules",), ("catalog",))


@dataclass(frozen=True, slots=True)
class Layer:
    """One origin. `values`: nested by name. `spell`: how a place is written there. `secret`: no value may be shown."""

    values: dict[str, object] = field(repr=False)
    spell: Callable[[Place], str]
    secret: bool = False

    def depth(self, place: Place) -> int:
        """How many names of the place this layer has."""
        node: object = self.values
        for depth, name in enumerate(place):
            if not isinstance(node, dict) or name not in node:
                return depth
            node = node[name]
        return len(place)


def dotted(place: Place) -> str:
    """`slack.token`."""
    return ".".join(place)


def origin(place: Place, layers: tuple[Layer, ...]) -> Layer | None:
    """The layer that set this; of a setting that is missing, the one that wrote the table it is missing in."""
    deepest = max(layers, key=lambda layer: layer.depth(place), default=None)
    return deepest if deepest is not None and deepest.depth(place) else None


def where(place: Place, layers: tuple[Layer, ...]) -> str:
    """Who set this, in the words of that layer."""
    layer = origin(place, layers)
    return dotted(place) if layer is None else layer.spell(place)


def flags(values: Mapping[Place, object]) -> Layer:
    """What was given on the command line; None was not given."""
    given = {place: value for place, value in values.items() if value is not None}
    return Layer(_nested(given, dotted), lambda place: f"--{place[0]}")


def environment(environ: Mapping[str, str]) -> Layer:
    """MONITOR_SLACK__TOKEN is slack.token. An empty variable counts as not set, as in container files."""
    names = sorted(name for name in environ if _is_setting(name) and environ[name])
    given = {_place(name.removeprefix(PREFIX)): environ[name] for name in names}

    def spell(place: Place) -> str:
        whole = PREFIX + _DELIMITER.join(place).upper()
        return next((name for name in names if f"{name}{_DELIMITER}".startswith(f"{whole}{_DELIMITER}")), whole)

    return Layer(_nested(given, spell), spell)


def credentials(folder: Path) -> Layer:
    """Each file of a systemd credentials folder is one setting: `slack__token`. Raises SettingsError."""
    try:
        files = sorted(entry for entry in folder.iterdir() if entry.is_file())
        given = {_place(entry.name): _credential(entry) for entry in files}
    except OSError as error:
        raise SettingsError(
            f"{error.filename}: {error.strerror}", hint="CREDENTIALS_DIRECTORY names the folder that systemd fills"
        ) from None

    def spell(place: Place) -> str:
        return f"credential {_DELIMITER.join(place)}"

    return Layer(_nested(given, spell), spell, secret=True)


def toml(path: Path) -> Layer:
    """A TOML file; its relative paths count from its own folder. Raises SettingsError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: can not be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: byte {error.start + 1} is not UTF-8, expected TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error)) from None
    for place in _PATHS:
        _anchor(values, place, path.parent)
    return Layer(values, lambda place: f"{path}: {dotted(place)}")


def gathered(
    given: Mapping[Place, object], config: Path | None, environ: Mapping[str, str], folder: Path
) -> tuple[Layer, ...]:
    """Every layer there is, the one that counts most first; raises SettingsError.

    `given`: by flags. `config`: the TOML file of --config. `folder`: where ./monitor.toml may be.
    """
    path = toml_path(config, environ, folder)
    secrets = environ.get("CREDENTIALS_DIRECTORY")
    found = (flags(given), environment(environ), credentials(Path(secrets)) if secrets else None, path and toml(path))
    return tuple(layer for layer in found if layer)


def written(place: Place, layers: Iterable[Layer]) -> object:
    """A setting as the first layer that has it says it, unchecked; None if none does."""
    layer = next((layer for layer in layers if layer.depth(place) == len(place)), None)
    node: object = None if layer is None else layer.values
    for name in place if layer else ():
        node = node[name] if isinstance(node, dict) else None
    return node


def default_ledger(environ: Mapping[str, str]) -> Path:
    """Where the ledger is unless it is set: systemd's state folder, or the user's (XDG Base Directory)."""
    if given := environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0]) / "ledger.sqlite"
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = _home(environ) / ".local" / "state"
    return state / "monitor" / "ledger.sqlite"


def toml_path(asked: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """The file to read: the one asked for, which must be there, or the first of the usual ones that is."""
    named = asked if asked is not None else Path(environ[CONFIG]) if environ.get(CONFIG) else None
    if named is not None:
        return named.expanduser()
    usual = (folder / "monitor.toml", Path("/etc/monitor/monitor.toml"))
    return next((path for path in usual if path.is_file()), None)


def _home(environ: Mapping[str, str]) -> Path:
    try:
        return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    except RuntimeError:
        raise SettingsError("there is no home folder to keep the ledger in", hint="set MONITOR_LEDGER__PATH") from None


def _is_setting(name: str) -> bool:
    return name.startswith(PREFIX) and name != CONFIG and not name.startswith(_OF_TESTS)


def _place(name: str) -> Place:
    return tuple(name.lower().split(_DELIMITER))


def _nested(given: Mapping[Place, object], spell: Callable[[Place], str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for place, value in sorted(given.items(), key=lambda item: item[0]):
        table = values
        for name in place[:-1]:
            inner = table.setdefault(name, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"{spell(place)}: a part of it is set as a single value as well; keep one of them")
            table = inner
        table[place[-1]] = value
    return values


def _credential(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise SettingsError(f"{path}: is larger than {_LARGEST:,} bytes, expected one secret")
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text, expected one secret") from None


def _unreadable(path: Path, message: str) -> SettingsError:
    found = _TOML_PLACE.fullmatch(message)
    return SettingsError(f"{path}:{found[2]}:{found[3]}: not TOML: {found[1]}" if found else f"{path}: {message}")


def _anchor(values: dict[str, object], place: Place, folder: Path) -> None:
    """Put the folder before the relative paths at a place; what is no path is left for validation to refuse."""
    for name in place[:-1]:
        inner = values.get(name)
        if not isinstance(inner, dict):
            return
        values = inner
    written = values.get(place[-1])
    if isinstance(written, str):
        values[place[-1]] = _beside(folder, written)
    elif isinstance(written, list):
        values[place[-1]] = [_beside(folder, each) if isinstance(each, str) else each for each in written]


def _beside(folder: Path, written: str) -> str:
    return str(folder / Path(written).expanduser())
