"""What Slack's answers mean for a notification. Pure.

Codes: the error table of chat.postMessage and the answers of incoming webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import fnmatchcase
from http import HTTPStatus

from monitor.errors import DeliveryError

HOLD = 900.0
"""Seconds until a receiver whose token is refused is tried again."""
_PATIENCE = 3_600.0  # seconds; a longer Retry-After is more likely a mistake than a wish

BLIND = frozenset(
    "missing_scope not_in_channel channel_not_found no_permission not_allowed_token_type access_denied".split()  # noqa: SIM905
)
"""Codes of one who may post and not read: whether a message has arrived can not be looked up."""

_CODE = re.compile(r"[a-z][a-z0-9_]{1,63}")


class Cause(Enum):
    """Why a notification did not arrive, or that it did."""

    NONE = auto()
    TOKEN = auto()  # a person must act; the notification is kept
    CHANNEL = auto()  # this channel will not take it
    MESSAGE = auto()  # our mistake in the message
    BUSY = auto()  # later
    UNSURE = auto()  # nobody can say whether it was posted
    UNKNOWN = auto()  # a code that is not in the table


_CODES: Mapping[Cause, str] = {
    Cause.TOKEN: (
        "not_authed invalid_auth account_inactive token_revoked token_expired missing_scope not_allowed_token_type "
        "no_permission ekm_access_denied access_denied accesslimited org_login_required two_factor_setup_required "
        "team_access_not_granted enterprise_is_restricted"
    ),
    Cause.CHANNEL: (
        "channel_not_found not_in_channel is_archived restricted_action* cannot_reply_to_message messages_tab_disabled "
        "team_not_found no_service no_service_id no_team no_active_hooks team_disabled channel_is_archived "
        "action_prohibited invalid_token posting_to_general_channel_denied user_not_found"
    ),
    Cause.MESSAGE: (
        "invalid_blocks* msg_too_long msg_blocks_too_long no_text too_many_attachments invalid_metadata_* "
        "metadata_too_large invalid_arguments invalid_arg_name invalid_form_data markdown_text_conflict invalid_payload"
    ),
    Cause.BUSY: "ratelimited rate_limited message_limit_exceeded service_unavailable request_timeout team_added_to_org",
    Cause.UNSURE: "internal_error fatal_error rollup_error",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: HTTP status, Slack's code ("ok", or "" where it is none), seconds to wait.

    `reference`: of the message it is about; `reply`: that stands in a thread. `fault`: why there is no answer at all;
    `sent`: whether Slack may have got what was asked. `scopes`: of the token, where Slack lists them.
    """

    status: int
    code: str
    retry_after: float | None = None
    reference: str = ""
    reply: bool = False
    fault: str = ""
    sent: bool = True
    scopes: frozenset[str] = frozenset()

    @property
    def said(self) -> str:
        """In a word."""
        return self.fault or self.code or f"HTTP {self.status} without a code of Slack"

    @property
    def cause(self) -> Cause:
        """The class of the answer."""
        if self.fault:
            return Cause.UNSURE if self.sent else Cause.BUSY
        if self.status == HTTPStatus.OK and self.code == "ok":
            return Cause.NONE
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Cause.BUSY
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Cause.UNSURE  # it may have failed after the posting
        return _listed(self.code) or _unlisted(self.status, self.code)


def code(text: object) -> str:
    """Slack's code in an answer; "" for anything else (a page of a proxy), which is never shown."""
    return text.strip() if isinstance(text, str) and _CODE.fullmatch(text.strip()) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the Retry-After header; None where there is none that counts seconds."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    return min(float(found), _PATIENCE) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", found) else None


def failure(answer: Answer, *, give_up: bool) -> DeliveryError:
    """The error to raise for a message; `give_up`: whether an unknown code was seen often enough."""
    said = answer.said
    match answer.cause:
        case Cause.TOKEN:
            return DeliveryError(
                f"slack: the token is refused ({said})",
                hint="give the app a valid bot token with the scope chat:write; what is owed is kept until then",
                permanent=True,
                not_before=HOLD,
            )
        case Cause.CHANNEL:
            hint = "invite the app to the channel or name another one"
            return DeliveryError(f"slack: the channel does not take it ({said})", hint=hint, permanent=True)
        case Cause.MESSAGE:
            return DeliveryError(f"slack: the message is refused, also as plain text ({said})", permanent=True)
        case Cause.UNSURE:
            told = f"slack: no {'' if answer.fault else 'clear '}answer ({said})"
            return DeliveryError(told, outcome_unknown=True, not_before=answer.retry_after)
        case Cause.UNKNOWN:
            return DeliveryError(f"slack: refused with a code that is not known ({said})", permanent=give_up)
        case Cause.BUSY | Cause.NONE:
            told = "can not be reached" if answer.fault else "not now"
            return DeliveryError(f"slack: {told} ({said})", not_before=answer.retry_after)


def postponement(answer: Answer, what: str) -> DeliveryError:
    """The error to raise where a step before the posting failed; nothing was posted. `what`: the step."""
    if answer.cause is Cause.TOKEN:
        return failure(answer, give_up=False)
    return DeliveryError(f"slack: {what}: {answer.said}; nothing is posted before", not_before=answer.retry_after)


def _listed(found: str) -> Cause | None:
    for cause, codes in _CODES.items():
        if any(fnmatchcase(found, known) for known in codes.split()):
            return cause
    return None


def _unlisted(status: int, found: str) -> Cause:
    if found:
        return Cause.UNKNOWN
    # A page instead of an answer: where all seemed well, Slack may have been behind it.
    return Cause.UNSURE if status < HTTPStatus.MULTIPLE_CHOICES else Cause.BUSY
