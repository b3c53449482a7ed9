"""Shows pictures in threads, each once; one that is refused is left out: its text stands."""

from __future__ import annotations

from dataclasses import replace

from monitor.chart.message import Attachment, attachment
from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt, Said
from monitor.notifiers.slack.answers import BLIND, Answer, Cause, failure, postponement
from monitor.notifiers.slack.living import is_gone
from monitor.notifiers.slack.posting import Patience, Poster, looked_up

SETTLING = 20.0
"""Seconds within which Slack shows what was shared: files are looked through before, by workers of its own."""

_REFUSED = (
    "pictures are left out, their texts stand: Slack refused one ({})\n"
    "    give the app the scope files:write, and install it again"
)
_BLINDNESS = (
    "a picture may have come twice, and says so: whether it had arrived could not be looked up ({})\n"
    "    give the app the scopes channels:history (groups:history for a private channel) and files:read"
)
_LEFT_OUT = Receipt(begins=False)


class Pictures:
    """Sends parts that are pictures."""

    def __init__(self, poster: Poster, settling: float) -> None:
        self._poster = poster
        self._settling = settling
        self._unseen: set[str] = set()  # looked for in vain, once
        self._patience = Patience()

    def send(self, part: Notification) -> Receipt:
        """Returns where it was left out, too; raises DeliveryError for what passes, and for a token that is refused."""
        drawn, begun = attachment(part), part.follows
        if drawn is None or begun is None:
            return _LEFT_OUT
        title, remark = drawn.caption, ""
        if part.possible_repeat:
            found = looked_up(self._poster, part)
            if found.reference:
                return Receipt(found.reference, begins=False)
            if found.cause is Cause.NONE:
                self._let_settle(part)
            else:
                title, remark = f"{title} (possible repeat)", _BLINDNESS.format(found.code)
        return self._shown(part, replace(drawn, caption=title), begun) or Receipt(begins=False, remark=remark)

    def _shown(self, part: Notification, drawn: Attachment, begun: Said) -> Receipt | None:
        """A receipt only where it was left out."""
        uploaded = self._poster.upload(drawn, part)
        if uploaded.cause is not Cause.NONE:
            return self._refused(part, uploaded, seen=False)
        answer = self._poster.share(uploaded.reference, drawn.caption, begun)
        if answer.cause is not Cause.NONE:
            return self._refused(part, answer, seen=True)
        self._patience.is_over(part, answer)
        return None

    def _let_settle(self, part: Notification) -> None:
        """What was shared a moment ago may not show yet: only who looked twice shares it again."""
        if self._settling and part.id not in self._unseen:
            self._unseen.add(part.id)
            raise DeliveryError(
                "slack: whether the picture arrived is looked up once more, as Slack takes a while to show it",
                not_before=self._settling,
            )
        self._unseen.discard(part.id)

    def _refused(self, part: Notification, answer: Answer, *, seen: bool) -> Receipt:
        """`seen`: whether it may stand there all the same."""
        if is_gone(answer):
            return _LEFT_OUT
        over = self._patience.is_over(part, answer)
        if over or answer.cause is Cause.MESSAGE or answer.code in BLIND:
            return Receipt(begins=False, remark=_REFUSED.format(answer.code))
        raise failure(answer, give_up=False) if seen else postponement(answer, "the picture could not be uploaded")
