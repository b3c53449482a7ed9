"""InfluxDB: one synchronous request at a time and nothing queued here; the client is imported with the first write."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from monitor.errors import RefusedError, SinkError
from monitor.model.copying import Rejection
from monitor.model.sample import Sample
from monitor.model.transition import Recorded
from monitor.ports import Sink
from monitor.sinks.alert_lines import alert_lines
from monitor.sinks.line_protocol import LINES_A_SAMPLE, PRECISION, LineWriter
from monitor.sinks.refusals import write_apart

if TYPE_CHECKING:
    from influxdb_client import InfluxDBClient, WriteService
    from influxdb_client.rest import ApiException

KIND = "influxdb"

_LONGEST_WORDS = 300
_SMALL = 16_384  # bytes before compression; a connection that is cut at so little is an outage, not a limit
_STUBBORN = 10  # failures alike at the same place, after which the lines are suspected rather than the server
_BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_HINTS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check `token`: an API token, for InfluxDB 1.8 user:password",
    HTTPStatus.FORBIDDEN: "check `token`: it must be allowed to write to this bucket",
    HTTPStatus.NOT_FOUND: "check `bucket` and `org`; create the bucket (InfluxDB 1.8: database/retention-policy)",
}
_WAITING = "nothing is lost: what was learnt stays in the ledger until the server takes it"


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://localhost:8086")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without user, password, query or fragment; the secret goes into `token`")
    return url.rstrip("/")


def _sendable(token: SecretStr) -> SecretStr:
    text = token.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("expected one line of printable ASCII characters")
    return SecretStr(text)


class Config(BaseModel):
    """Where to write.

    For InfluxDB 1.8 `bucket` is database/retention-policy, `token` user:password, and `org` is ignored.
    `timeout`: seconds for one request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)]
    bucket: str = Field(min_length=1)
    org: str = ""
    token: Annotated[SecretStr, AfterValidator(_sendable)] = SecretStr("")
    timeout: float = Field(default=10.0, gt=0, le=300)


class InfluxSink:
    """Writes samples. To be used by one thread at a time."""

    def __init__(self, config: Config) -> None:
        self._server = _Server(config)
        self._writer = LineWriter()

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:
        """Send them in requests of limited size; returns the lines that the server refuses by themselves.

        Raises SinkError, and what earlier requests brought stays there.
        """
        return self._server.write(self._writer.lines(samples), each=LINES_A_SAMPLE)

    def close(self) -> None:
        """Drop the connections; the next write opens new ones."""
        self._server.close()


class InfluxAlerts:
    """Writes transitions of alerts, otherwise as InfluxSink."""

    def __init__(self, config: Config) -> None:
        self._server = _Server(config)

    def write(self, recorded: Sequence[Recorded]) -> list[Rejection]:
        """Send them; returns and raises as InfluxSink does."""
        return self._server.write(alert_lines(recorded), each=1)

    def close(self) -> None:
        """Drop the connections; the next write opens new ones."""
        self._server.close()


class _Server:
    """Writes lines through influxdb-client and returns after the server's 204; repeats nothing by itself."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._client: InfluxDBClient | None = None
        self._first = ""  # the line that this write starts with
        self._broken: tuple[str, int] = "", 0  # where the server broke last, and how often in a row

    def write(self, lines: Sequence[str], *, each: int) -> list[Rejection]:
        """Send them; `each` of them are made of one item. Raises SinkError."""
        self._first = lines[0] if lines else ""
        return [Rejection(number // each, lines[number], said) for number, said in write_apart(lines, self._post)]

    def close(self) -> None:
        """Drop the connections; the next write opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _post(self, body: bytes) -> None:
        service = self._service()
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        from influxdb_client.rest import ApiException  # noqa: PLC0415 - see the docstring of this module
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            _, status, _ = service.post_write_with_http_info(
                self._config.org, self._config.bucket, packed, precision=PRECISION, content_encoding="gzip"
            )
        except ApiException as error:
            raise self._refusal(error) from None
        except (HTTPError, UnicodeDecodeError) as error:  # the latter: an answer that is no text
            said = f"{type(error).__name__}: {error}"
            if len(body) > _SMALL and _cut(error):  # how InfluxDB 1.8 says that a body is too large
                raise self._refused(said, by_size=True) from None
            raise self._trouble(said, hint=_WAITING) from None
        if status != HTTPStatus.NO_CONTENT:
            hint = "check `url`: something answers there, but not as InfluxDB does"
            raise self._trouble(f"answered {status}, expected 204", hint=hint, permanent=True)

    def _service(self) -> WriteService:
        """The client's own write service: unlike its WriteApi it takes compressed bytes and tells the status."""
        from influxdb_client import InfluxDBClient, WriteService  # noqa: PLC0415

        if self._client is None:
            config = self._config
            milliseconds = round(config.timeout * 1000)
            token = config.token.get_secret_value()
            self._client = InfluxDBClient(config.url, token, org=config.org, timeout=milliseconds)
        return WriteService(self._client.api_client)

    def _refusal(self, error: ApiException) -> SinkError:
        status = int(error.status or 0)
        if not status:  # the client's word for a failed TLS handshake
            return self._trouble(str(error.reason), hint="check `url` and the server's certificate", permanent=True)
        said = f"answered {status}: {_words(error)}"
        if status in _REFUSED:
            return self._refused(said, by_size=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if status == _BROKEN and self._is_stubborn():
            return self._refused(said, doubtful=True)
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._trouble(said, hint=_WAITING, not_before=_retry_after(error.headers or {}))
        return self._trouble(said, hint=_HINTS.get(status, "check `url`"), permanent=True)

    def _trouble(self, said: str, *, hint: str, permanent: bool = False, not_before: float | None = None) -> SinkError:
        return SinkError(self._told(said), hint=hint, permanent=permanent, not_before=not_before)

    def _is_stubborn(self) -> bool:
        """Whether the server breaks at the same place again and again: a 500 may be about the lines as well."""
        place, times = self._broken
        self._broken = self._first, times + 1 if place == self._first else 1
        return self._broken[1] > _STUBBORN

    def _refused(self, said: str, *, by_size: bool = False, doubtful: bool = False) -> RefusedError:
        return RefusedError(self._told(said), said=self._discreet(said), by_size=by_size, doubtful=doubtful)

    def _told(self, said: str) -> str:
        return f"InfluxDB at {self._config.url}, bucket {self._config.bucket!r}: {self._discreet(said)}"

    def _discreet(self, said: str) -> str:
        """One printable line of limited length, without the token, should the server repeat it."""
        token = self._config.token.get_secret_value()
        for secret in filter(None, (token, token.partition(":")[2])):
            said = said.replace(secret, "***")
        line = "".join(char if char.isprintable() else " " for char in said)
        return " ".join(line.split())[:_LONGEST_WORDS]


def _words(error: ApiException) -> str:
    """What the server says; InfluxDB 1.8 says it in another field than the client reads."""
    said = str(error.message or "")
    with suppress(ValueError):
        answer = json.loads(said)
        return str(answer["error"]) if isinstance(answer, dict) and "error" in answer else said
    return said


def _cut(error: Exception) -> bool:
    """Whether the connection ended before an answer began."""
    return any(isinstance(each, ConnectionError) for each in error.args)


def build(config: Config) -> Sink[Sample]:
    """A sink of samples that connects with its first write."""
    return InfluxSink(config)


def build_alerts(config: Config) -> Sink[Recorded]:
    """A sink of transitions, likewise."""
    return InfluxAlerts(config)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; a date counts from the server's own `Date`, so that no two clocks have to agree."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)
