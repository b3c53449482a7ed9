"""InfluxDB as a sink: one synchronous request at a time and nothing queued here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from monitor.errors import SinkError
from monitor.model.copying import Rejection, Stream
from monitor.model.finding import Finding, of_error, ok, warning
from monitor.model.text import counted
from monitor.sinks.alert_lines import alert_lines
from monitor.sinks.connection import Access, Server
from monitor.sinks.contents import Contents
from monitor.sinks.line_protocol import LINES_A_SAMPLE, LineWriter
from monitor.sinks.refusals import write_apart
from monitor.sinks.remark_lines import remark_lines
from monitor.sinks.share_lines import share_lines
from monitor.sinks.truth_lines import truth_lines

KIND = "influxdb"

_NO_LINE = b"# a question whether this token may write\n"  # a comment of the line protocol
_PATIENCE = 300.0  # seconds; to count the points of years takes longer than to take some

_Item = TypeVar("_Item")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://localhost:8086")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without user, password, query or fragment; the secret goes into `token`")
    return url.rstrip("/")


def sendable(token: SecretStr) -> SecretStr:
    """The token without blanks around it; raises ValueError for what no header can carry."""
    text = token.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("expected one line of printable ASCII characters")
    return SecretStr(text)


Token = Annotated[SecretStr, AfterValidator(sendable)]


class Config(BaseModel):
    """Where to write.

    For InfluxDB 1.8 `bucket` is database/retention-policy, `token` user:password, and `org` is ignored.
    `read_token`: for what reads (`monitor influx verify` and `restore`), where `token` may only write. `timeout`:
    seconds for one request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)]
    bucket: str = Field(min_length=1)
    org: str = ""
    token: Token = SecretStr("")
    read_token: Token = SecretStr("")
    timeout: float = Field(default=10.0, gt=0, le=300)

    @property
    def writing(self) -> Access:
        """What the sink may do."""
        return Access(self.url, self.bucket, self.org, self.token, self.timeout)

    @property
    def reading(self) -> Access:
        """What reads may do."""
        token = self.read_token if self.read_token.get_secret_value() else self.token
        return Access(self.url, self.bucket, self.org, token, max(self.timeout, _PATIENCE))


class InfluxSink(Generic[_Item]):
    """Writes what `lines` makes of items, in their order: `count` of an item. To be used by one thread at a time."""

    def __init__(
        self, access: Access, lines: Callable[[Sequence[_Item]], list[str]], count: Callable[[_Item], int]
    ) -> None:
        self._server = Server(access)
        self._lines = lines
        self._count = count

    def write(self, items: Sequence[_Item]) -> list[Rejection]:
        """Send them in requests of limited size; returns the lines that the server refuses by themselves.

        Raises SinkError, and what earlier requests brought stays there.
        """
        lines = self._lines(items)
        refused = write_apart(lines, partial(self._server.post, place=lines[0] if lines else ""))
        owners = [place for place, item in enumerate(items) for _ in range(self._count(item))] if refused else []
        return [Rejection(owners[number], lines[number], said) for number, said in refused]

    def close(self) -> None:
        """Drop the connections; the next write opens new ones."""
        self._server.close()


def build(config: Config, stream: Stream) -> InfluxSink[Any]:
    """The sink of one stream, which connects with its first write."""
    if stream is Stream.SAMPLES:
        return InfluxSink(config.writing, LineWriter().lines, lambda _: LINES_A_SAMPLE)
    return InfluxSink(config.writing, *_LINES[stream])


def examine(about: str, config: Config) -> Iterator[Finding]:
    """Whether the token may write, shown with a body that has no line, and whether the other may read."""
    server = Server(config.writing)
    try:
        server.post(_NO_LINE, place="")
    except SinkError as error:
        yield of_error(about, error)
    else:
        yield ok(about, f"{config.url}, bucket {config.bucket!r}: may write")
    finally:
        server.close()
    try:
        count = len(Contents(config.reading).metrics())
    except SinkError as error:
        said, _, todo = str(error).partition("\n")
        yield warning(
            about, said, f"{todo.strip()}; only `influx verify` and `restore` read: set `read_token` for them"
        )
    else:
        yield ok(about, f"may read: {counted(count, 'metric')} there")


def contents(config: Config) -> Contents:
    """What is there already."""
    return Contents(config.reading)


_LINES: Mapping[Stream, tuple[Callable[[Sequence[Any]], list[str]], Callable[[Any], int]]] = {
    Stream.ALERTS: (alert_lines, lambda _: 1),
    Stream.REMARKS: (remark_lines, lambda _: 1),
    Stream.SHARES: (share_lines, len),
    Stream.PRICE_TRUTH: (truth_lines, len),
}
