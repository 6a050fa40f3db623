"""What Slack's refusals mean: try later, nobody is there any more, or something that this very call did wrong."""

import asyncio
import random
from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.platform import Gone, Later

# Nobody can be reached there any more.
GONE = {
    "channel_not_found": "removed",
    "not_in_channel": "removed",
    "is_archived": "removed",
    "user_not_found": "closed",
    "users_not_found": "closed",
    "user_disabled": "closed",
    "cannot_dm_bot": "removed",
    "restricted_action": "blocked",
    "restricted_action_read_only_channel": "blocked",
    "restricted_action_non_threadable_channel": "blocked",
    "channel_is_archived": "removed",
    "channel_type_not_supported": "removed",
    "invalid_channel": "removed",
    "no_permission": "blocked",
}
# The workspace or the token: a person can mend it, and until then nothing is lost.
MENDABLE = frozenset(
    (
        "account_inactive",
        "access_denied",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "messages_tab_disabled",
        "missing_scope",
        "no_active_hooks",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
    )
)
BUSY = frozenset(
    (
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "message_limit_exceeded",
    )
)
# The message is no longer there, or may not be changed any more.
UNCHANGEABLE = frozenset(("message_not_found", "cant_update_message", "edit_window_closed", "update_failed"))
UNDRAWABLE = frozenset(("invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_blocks_too_long"))

MENDED_IN = 600.0
SOON = 10.0
LONGEST = 3_600.0


class Refused(Exception):
    """Slack refused a call for what was in it; `error` is Slack's word for that, never anything that was written."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


class Mendable(Later):
    """Nothing goes to the workspace until a person mends it: `error` is Slack's word for what is wrong."""

    def __init__(self, error: str) -> None:
        super().__init__(MENDED_IN)
        self.error = error


class Troubled(Later):
    """Slack has trouble of its own with this call: with all of them now, or with this very one."""


class Limited(Later):
    """Slack takes no more for so many seconds."""


def meaning(method: str, fault: Exception) -> Exception:
    """What a fault of a call means to whoever called."""
    if isinstance(fault, SlackApiError):
        return _of_answer(method, fault)
    if isinstance(fault, aiohttp.ClientError | asyncio.TimeoutError | OSError):
        return Later(_soon())
    return fault


def _of_answer(method: str, fault: SlackApiError) -> Exception:
    response = fault.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 200))
    data = getattr(response, "data", None)
    error = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return Limited(retry_after(getattr(response, "headers", {})))
    if status >= 500 or error in BUSY or not error:
        return Troubled(_soon())
    if error in MENDABLE:
        return Mendable(error)
    return Gone(GONE[error]) if error in GONE else Refused(method, error)


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds Slack asks for; a header that is no number is taken for the usual half minute."""
    text = next((str(v) for k, v in headers.items() if k.lower() == "retry-after"), "")
    seconds = float(text) if text.replace(".", "", 1).isdigit() else 30.0
    return min(max(seconds, 1.0), LONGEST)


def _soon() -> float:
    return SOON * random.uniform(0.5, 1.5)
