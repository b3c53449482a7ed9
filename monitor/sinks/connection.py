"""An InfluxDB server through influxdb-client: bodies that are written, questions that are asked, and its refusals.

Synchronous, nothing is queued nor repeated here; the client is imported with the first request.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr

from monitor.errors import DeniedError, RefusedError, SinkError
from monitor.sinks.line_protocol import PRECISION

if TYPE_CHECKING:
    from influxdb_client import InfluxDBClient
    from influxdb_client.rest import ApiException
    from urllib3 import HTTPResponse

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
_PIECE = 65_536  # bytes of an answer that are read at once
_WAITING = "nothing is lost: what was learnt stays in the ledger until the server takes it"
_AGAIN = "try again when it answers; its own log may say why it does not"

Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Access:
    """Where a server is and what one may do there. `timeout`: seconds for one request."""

    url: str
    bucket: str
    org: str
    token: SecretStr
    timeout: float


class Server:
    """One server with one token. To be used by one thread at a time."""

    def __init__(self, access: Access) -> None:
        token = access.token.get_secret_value()
        self._access = access
        self._secrets = {token, token.partition(":")[2]} - {""}
        self._client: InfluxDBClient | None = None
        self._broken: tuple[str, int] = "", 0  # where the server broke last, and how often in a row

    def close(self) -> None:
        """Drop the connections; the next request opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def post(self, body: bytes, *, place: str) -> None:
        """Write one body of lines, and return after the server's 204; what is older than the bucket keeps is not there.

        `place`: the line that the whole write starts with. Raises RefusedError for the lines, SinkError for all else.
        """
        from influxdb_client import WriteService  # noqa: PLC0415 - see the docstring of this module
        from influxdb_client.rest import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        # The client's own write service: unlike its WriteApi it takes compressed bytes and tells the status.
        service = WriteService(self._open().api_client)
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        try:
            _, status, _ = service.post_write_with_http_info(
                self._access.org, self._access.bucket, packed, precision=PRECISION, content_encoding="gzip"
            )
        except ApiException as error:
            if not _expired(error):
                raise self._refusal(error, place) from None
            return
        except (HTTPError, UnicodeDecodeError) as error:  # the latter: an answer that is no text
            said = f"{type(error).__name__}: {error}"
            if len(body) > _SMALL and _cut(error):  # how InfluxDB 1.8 says that a body is too large
                raise self._refused(said, by_size=True) from None
            raise self._trouble(said, hint=_WAITING) from None
        if status != HTTPStatus.NO_CONTENT:
            hint = "check `url`: something answers there, but not as InfluxDB does"
            raise self._trouble(f"answered {status}, expected 204", hint=hint, permanent=True)

    def ask(
        self,
        method: Method,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
    ) -> HTTPResponse:
        """The answer to another request, not read yet. `body`: what is sent as JSON; `form`: instead, as a form.

        Raises SinkError; what is wrong with the request itself is RefusedError with the server's words.
        """
        from influxdb_client.rest import ApiException  # noqa: PLC0415 - see the docstring of this module
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        client = self._open().api_client
        sent = "application/json" if form is None else "application/x-www-form-urlencoded"
        headers = {"Content-Type": sent, **client.default_headers}
        address = f"{self._access.url}{path}"
        try:
            answer: HTTPResponse = client.rest_client.request(
                method, address, dict(query or {}), headers, body, dict(form or {}), _preload_content=False
            )
        except ApiException as error:
            raise self._refusal(error, path, _AGAIN) from None
        except HTTPError as error:
            raise self._trouble(f"{type(error).__name__}: {error}", hint=_AGAIN) from None
        return answer

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """The lines of an answer to a GET, as they come. Raises SinkError, also in the middle."""
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - see the docstring of this module

        answer, rest = self.ask("GET", path, query), b""
        try:
            for piece in answer.stream(_PIECE):
                *lines, rest = (rest + piece).split(b"\n")
                yield from lines
        except HTTPError as error:
            raise self._trouble(f"{type(error).__name__}: {error}", hint=_AGAIN) from None
        finally:
            answer.close()
        yield rest

    def conceal(self, secret: SecretStr) -> None:
        """From now on no error shows it, should the server repeat it."""
        self._secrets.add(secret.get_secret_value())

    def trouble(self, said: str, *, hint: str | None = None) -> SinkError:
        """The error for an answer that can not be used, in words that hold no secret."""
        return self._trouble(said, hint=hint, permanent=True)

    def _open(self) -> InfluxDBClient:
        from influxdb_client import InfluxDBClient  # noqa: PLC0415 - see the docstring of this module

        if self._client is None:
            access = self._access
            milliseconds = round(access.timeout * 1000)
            token = access.token.get_secret_value()
            self._client = InfluxDBClient(access.url, token, org=access.org, timeout=milliseconds)
        return self._client

    def _refusal(self, error: ApiException, place: str, passing: str = _WAITING) -> SinkError:
        """`passing`: the hint where the server may answer otherwise later."""
        status = int(error.status or 0)
        if not status:  # the client's word for a failed TLS handshake
            return self._trouble(str(error.reason), hint="check `url` and the server's certificate", permanent=True)
        said = f"answered {status}: {_words(error)}"
        if status in _REFUSED:
            return self._refused(said, by_size=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if status == _BROKEN and self._is_stubborn(place):
            return self._refused(said, doubtful=True)
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._trouble(said, hint=passing, not_before=_retry_after(error.headers or {}))
        if status in _HINTS:
            return DeniedError(self._told(said), hint=_HINTS[status], permanent=True)
        return self._trouble(said, hint="check `url`", permanent=True)

    def _trouble(
        self, said: str, *, hint: str | None, permanent: bool = False, not_before: float | None = None
    ) -> SinkError:
        return SinkError(self._told(said), hint=hint, permanent=permanent, not_before=not_before)

    def _is_stubborn(self, place: str) -> bool:
        """Whether the server breaks at the same place again and again: a 500 may be about the lines as well."""
        before, times = self._broken
        self._broken = place, times + 1 if before == place else 1
        return self._broken[1] > _STUBBORN

    def _refused(self, said: str, *, by_size: bool = False, doubtful: bool = False) -> RefusedError:
        return RefusedError(self._told(said), said=self._discreet(said), by_size=by_size, doubtful=doubtful)

    def _told(self, said: str) -> str:
        return f"InfluxDB at {self._access.url}, bucket {self._access.bucket!r}: {self._discreet(said)}"

    def _discreet(self, said: str) -> str:
        """One printable line of limited length, without secrets, should the server repeat one."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            said = said.replace(secret, "***")
        line = "".join(char if char.isprintable() else " " for char in said)
        return " ".join(line.split())[:_LONGEST_WORDS]


def _words(error: ApiException) -> str:
    """What the server says; InfluxDB 1.8 says it in another field than the client reads."""
    said: Any = error.message or ""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    with suppress(ValueError):
        answer = json.loads(said)
        if isinstance(answer, dict):
            return str(answer.get("error") or answer.get("message") or said)
    return str(said)


def _expired(error: ApiException) -> bool:
    """Whether all was taken but points older than the bucket keeps: a conflict in the same body is told instead."""
    return error.status in _REFUSED and "retention policy" in _words(error)


def _cut(error: Exception) -> bool:
    """Whether the connection ended before an answer began."""
    return any(isinstance(each, ConnectionError) for each in error.args)


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
