"""What a server refuses is halved until the line that is at fault stands alone; the rest is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.errors import RefusedError, SinkError
from monitor.sinks.line_protocol import bodies

MOST_REJECTED = 20
"""Of one write. Beyond it the bucket is at fault rather than the lines, and nothing is kept aside."""
_BUCKET = (
    "nothing is lost, all wait in the ledger. If a field has another type in the bucket, or the bucket keeps less "
    "history than there is: use another bucket, or change this one"
)
_OUTAGE = "nothing is lost, all wait in the ledger; the server's own log may say why"


def write_apart(lines: Sequence[str], post: Callable[[bytes], None]) -> list[tuple[int, str]]:
    """Write all lines in their order but those that are refused alone: (number, the server's words) of each.

    `post` sends one body; raises RefusedError for its lines. Raises SinkError for all else, for too many refused lines,
    and where refusals are doubtful also if no line at all was taken. What was written before an error stays written.
    One bad line costs about two requests for each halving of its body.
    """
    search = _Search(lines, post)
    start = 0
    for body in bodies(lines):
        stop = start + body.count(b"\n") + 1
        refusal = _refusal(body, post)
        if refusal is not None:
            search.narrow(start, stop, refusal)
        start = stop
    if search.doubt is not None and len(search.found) == len(lines):
        raise _outage(search.doubt)
    return search.found


class _Search:
    """Narrows refusals down to single lines; what was learnt first is always written first."""

    def __init__(self, lines: Sequence[str], post: Callable[[bytes], None]) -> None:
        self.found: list[tuple[int, str]] = []
        self.doubt: RefusedError | None = None
        self._lines = lines
        self._post = post

    def narrow(self, start: int, stop: int, refusal: RefusedError | None) -> None:
        """These lines were refused together; None: it follows from what was taken, nobody asked yet."""
        if stop - start == 1:
            self._reject(start, refusal or self._ask(start, stop))
            return
        middle = (start + stop) // 2
        left = self._ask(start, middle)
        if left is None and (refusal is None or not refusal.by_size):
            self.narrow(middle, stop, None)
            return
        if left is not None:
            self.narrow(start, middle, left)
        right = self._ask(middle, stop)
        if right is not None:
            self.narrow(middle, stop, right)

    def _ask(self, start: int, stop: int) -> RefusedError | None:
        return _refusal("\n".join(self._lines[start:stop]).encode(), self._post)

    def _reject(self, number: int, refusal: RefusedError | None) -> None:
        if refusal is None:  # by itself it is taken
            return
        if refusal.doubtful:
            self.doubt = refusal
        if len(self.found) == MOST_REJECTED:
            if refusal.doubtful:
                raise _outage(refusal)
            told = f"{refusal.message}; and so with {MOST_REJECTED} other lines of one write"
            raise SinkError(told, hint=_BUCKET, permanent=True)
        self.found.append((number, refusal.said))


def _outage(refusal: RefusedError) -> SinkError:
    """No line at all is taken: it is not the lines."""
    return SinkError(refusal.message, hint=_OUTAGE)


def _refusal(body: bytes, post: Callable[[bytes], None]) -> RefusedError | None:
    """Send one body; why its lines were refused, None = they were taken."""
    try:
        post(body)
    except RefusedError as error:
        return error
    return None
