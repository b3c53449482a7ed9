"""What an administrator of InfluxDB does once: the bucket, and tokens that may write or read it and nothing else.

InfluxDB 3 Core was only read about: what it needs is told, nothing is done there.
"""

from __future__ import annotations

import json
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from shlex import quote
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import SecretStr

from monitor.errors import DeniedError, SettingsError, SinkError
from monitor.model.bar import DAY, HOUR
from monitor.sinks.connection import Access, Method, Server
from monitor.sinks.readback import name

FOREVER = 0
"""The retention, in seconds, of what is kept for ever."""
SHORTEST = HOUR
"""The shortest retention that InfluxDB takes, in seconds."""

_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)")
_OLDEST = (1, 8)
_BUILT = "unknown"  # what a 1.8 that was built from source says instead of a version
_ID = re.compile(r"[0-9a-f]{16}")
_LENGTHS = {"d": DAY, "h": HOUR, "m": 60, "s": 1}
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")  # for the name of a user: a header has to carry it

Right = Literal["write", "read"]
_Found = TypeVar("_Found")


class Administration(ABC):
    """One bucket of one server, with the token of an administrator.

    Every method raises DeniedError where the token may not do that, and SinkError for all else.
    """

    where: ClassVar[str]
    """Where an administrator runs the lines of `by_hand`, and what comes of them; to be followed by the settings."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access

    @abstractmethod
    def kept(self) -> int | None:
        """The retention of the bucket; None: there is no such bucket."""

    @abstractmethod
    def keep(self, retention: int) -> None:
        """Make the bucket with this retention, or change the one that `kept` has found."""

    @abstractmethod
    def asks_for_tokens(self) -> bool:
        """Whether tokens are of any use; SinkError if those for this bucket are there and can not be had."""

    @abstractmethod
    def token(self, right: Right) -> SecretStr:
        """Make a token, as `influxdb.token` takes it, that may do this with the bucket and nothing else."""

    @abstractmethod
    def by_hand(self, retention: int | None) -> Iterator[str]:
        """What an administrator runs for what `kept` has not found, and for tokens."""

    def _asked(
        self,
        read: Callable[[Any], _Found],
        method: Method,
        path: str,
        query: Mapping[str, str] | None = None,
        **sent: Any,  # noqa: ANN401 - `body` or `form`
    ) -> _Found:
        """What `read` finds in the JSON that the server answers."""
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - the client comes with the first request

        answer = self._server.ask(method, path, query, **sent)
        try:
            return read(json.loads(answer.data))
        except (HTTPError, AttributeError, LookupError, TypeError, ValueError):
            hint = "check `url`: something answers there, but not as InfluxDB does"
            raise self._server.trouble(f"the answer to {path} can not be read", hint=hint) from None


def administration(server: Server, access: Access, retention: int | None) -> tuple[str, Administration]:
    """The version that the server tells, and how it is administered.

    Raises SinkError where it is none of those that are known; for 3 Core with what to run by hand.
    """
    told = _told_version(server)
    found = _VERSION.match("1.8" if told == _BUILT else told)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    if number[0] == 3:  # noqa: PLR2004
        raise server.trouble(f"is InfluxDB {told}: nothing is done there", hint=_by_hand_in_3(access, retention))
    if number[0] not in _KINDS or number < _OLDEST:
        raise server.trouble(f"tells {told!r} as its version, expected InfluxDB 1.8 or 2", hint="check `url`")
    return "1.8, built from source" if told == _BUILT else told.removeprefix("v"), _KINDS[number[0]](server, access)


def written(retention: int) -> str:
    """`400d`, as InfluxDB and its commands take it."""
    unit = next(unit for unit, length in _LENGTHS.items() if retention % length == 0)
    return f"{retention // _LENGTHS[unit]}{unit}"


class _Two(Administration):
    """InfluxDB 2: the bucket of an organization. It answers InfluxQL as a database of its name without further ado."""

    where = "in a shell with an administrator's token in INFLUX_TOKEN; the two tokens are for"

    def __init__(self, server: Server, access: Access) -> None:
        super().__init__(server, access)
        if not access.org:
            raise SettingsError("influxdb.org is missing, InfluxDB 2 needs it", hint="set its name or its id")
        self._org = {"orgID" if _ID.fullmatch(access.org) else "org": access.org}
        self._bucket: Mapping[str, str] = {}  # its `id` and `orgID`, once they are known

    def kept(self) -> int | None:
        query = {"name": self._access.bucket, **self._org}
        try:
            found = self._asked(lambda said: [self._noted(each) for each in said["buckets"]], "GET", _BUCKETS, query)
        except DeniedError:  # 404, none of that name; where it is the token, the next request says so
            return None
        return next(iter(found), None)

    def keep(self, retention: int) -> None:
        body: dict[str, object] = {"retentionRules": [{"type": "expire", "everySeconds": retention}]}
        if self._bucket:
            self._asked(self._noted, "PATCH", f"{_BUCKETS}/{self._bucket['id']}", body=body)
        else:
            body |= {"orgID": self._org_id(), "name": self._access.bucket}
            self._asked(self._noted, "POST", _BUCKETS, body=body)

    def asks_for_tokens(self) -> bool:
        return True

    def token(self, right: Right) -> SecretStr:
        body = {
            "orgID": self._bucket["orgID"],
            "description": self._purpose(right),
            "permissions": [{"action": right, "resource": {"type": "buckets", **self._bucket}}],
        }
        return self._asked(lambda said: SecretStr(said["token"]), "POST", "/api/v2/authorizations", body=body)

    def by_hand(self, retention: int | None) -> Iterator[str]:
        at, name = f"--host {quote(self._access.url)}", quote(self._access.bucket)
        org = f"{'--org-id' if 'orgID' in self._org else '--org'} {quote(self._access.org)}"
        bucket = self._bucket.get("id")
        kept = "" if retention is None else f" --retention {written(retention) if retention else 0}"
        if bucket is None:
            yield f"influx bucket create {at} {org} --name {name}{kept}"
            bucket = f'"$(influx bucket list {at} {org} --name {name} --hide-headers | cut -f 1)"'
        elif kept:
            yield f"influx bucket update {at} --id {bucket}{kept}"
        for right in ("write", "read"):
            yield f"influx auth create {at} {org} --description {quote(self._purpose(right))} --{right}-bucket {bucket}"

    def _noted(self, bucket: Any) -> int:  # noqa: ANN401 - as JSON has it
        """Keep what names the bucket; returns its retention."""
        self._bucket = {"id": str(bucket["id"]), "orgID": str(bucket["orgID"])}
        return next((int(rule["everySeconds"]) for rule in bucket["retentionRules"]), FOREVER)

    def _org_id(self) -> str:
        found = self._asked(lambda said: [str(each["id"]) for each in said["orgs"]], "GET", "/api/v2/orgs", self._org)
        if not found:  # what a token gets to see that may not look at organizations
            raise DeniedError(self._server.trouble(f"no organization {self._access.org!r} for this token").message)
        return found[0]

    def _purpose(self, right: str) -> str:
        return f"monitor, to {right} {self._access.bucket}"


class _One(Administration):
    """InfluxDB 1.8: the retention policy of a database, and users instead of tokens."""

    where = "in `influx` as an administrator, with other passwords; user:password of each is for"

    def __init__(self, server: Server, access: Access) -> None:
        super().__init__(server, access)
        self._database, _, self._policy = access.bucket.partition("/")
        if not (self._database and self._policy):
            told = f"influxdb.bucket: got {access.bucket!r}, expected database/retention-policy for InfluxDB 1.8"
            raise SettingsError(told, hint=f"such as {self._database or 'market'}/autogen")
        self._has_database = False
        self._has_policy = False

    def kept(self) -> int | None:
        self._has_database = [self._database] in self._rows("SHOW DATABASES")
        policies = self._rows(f"SHOW RETENTION POLICIES ON {name(self._database)}") if self._has_database else []
        found = next((str(row[1]) for row in policies if row[0] == self._policy), None)
        self._has_policy = found is not None
        return None if found is None else _seconds(found)

    def keep(self, retention: int) -> None:
        self._rows(self._keeping(retention))
        self._has_policy = True

    def asks_for_tokens(self) -> bool:
        anyone = Server(replace(self._access, token=SecretStr("")))
        try:
            anyone.ask("POST", "/query", form={"q": "SHOW DATABASES"}).close()
        except DeniedError:
            self._refuse_known_users()
            return True
        finally:
            anyone.close()
        return False

    def token(self, right: Right) -> SecretStr:
        user, password = self._user(right), SecretStr(secrets.token_urlsafe(32))
        self._server.conceal(password)
        self._rows(_user_made(user, password.get_secret_value()))
        self._rows(self._granting(right))
        return SecretStr(f"{user}:{password.get_secret_value()}")

    def by_hand(self, retention: int | None) -> Iterator[str]:
        if retention is not None or not self._has_policy:
            yield self._keeping(retention or FOREVER)
        for right in ("write", "read"):
            yield _user_made(self._user(right), "...")
            yield self._granting(right)

    def _keeping(self, retention: int) -> str:
        database, policy = name(self._database), name(self._policy)
        kept = written(retention) if retention else "INF"
        if not self._has_database:
            return f"CREATE DATABASE {database} WITH DURATION {kept} NAME {policy}"
        if not self._has_policy:
            return f"CREATE RETENTION POLICY {policy} ON {database} DURATION {kept} REPLICATION 1"
        return f"ALTER RETENTION POLICY {policy} ON {database} DURATION {kept}"

    def _granting(self, right: str) -> str:
        return f"GRANT {right.upper()} ON {name(self._database)} TO {name(self._user(right))}"

    def _user(self, right: str) -> str:
        return f"{_UNFIT.sub('_', self._database)}_{right}"

    def _refuse_known_users(self) -> None:
        known = [row[0] for row in self._rows("SHOW USERS")]
        for user in map(self._user, ("write", "read")):
            if user in known:
                hint = f"its password can not be had; for new ones, when nobody uses it: DROP USER {name(user)}"
                raise self._server.trouble(f"the user {user!r} is there already; nothing was made", hint=hint)

    def _rows(self, statement: str) -> list[list[Any]]:
        """What a statement finds. It goes as a form: addresses of requests stand in logs, and one has a password."""
        error, rows = self._asked(_result, "POST", "/query", form={"q": statement})
        if error:
            raise self._server.trouble(error)
        return rows


_KINDS: Mapping[int, type[Administration]] = {1: _One, 2: _Two}
_BUCKETS = "/api/v2/buckets"


def _told_version(server: Server) -> str:
    try:
        answer = server.ask("GET", "/ping")
    except DeniedError as error:
        raise SinkError(error.message, hint="check `url`, and the token: not even the version is told") from None
    answer.close()
    return str(answer.headers.get("X-Influxdb-Version", ""))


def _by_hand_in_3(access: Access, retention: int | None) -> str:
    kept = f" --retention-period {written(retention)}" if retention else ""
    return (
        "by its documentation (never run here), with its token in INFLUXDB3_AUTH_TOKEN:\n"
        f"    influxdb3 create database --host {quote(access.url)}{kept} {quote(access.bucket)}\n"
        f"    influxdb3 create token --admin --host {quote(access.url)} --name monitor"
    )


def _result(said: Any) -> tuple[str, list[list[Any]]]:  # noqa: ANN401 - as JSON has it
    """The error of a statement, or its rows."""
    result = said["results"][0]
    return result.get("error", ""), [row for series in result.get("series", ()) for row in series.get("values", ())]


def _seconds(duration: str) -> int:
    """Of `9600h0m0s`."""
    return sum(int(number) * _LENGTHS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", duration))


def _user_made(user: str, password: str) -> str:
    return f"CREATE USER {name(user)} WITH PASSWORD '{password}'"
