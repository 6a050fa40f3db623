"""Slack's payloads as events of the core, each with the place it came from and the identity of what was done."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.keys import Keys
from adapters.slack.origin import NAME, Origin, org_of, remembered
from adapters.slack.render import LINK
from adapters.slack.wording import worded
from bot.events import Command, Joined, Left, Opened, Press

Body = Mapping[str, Any]
SPOKEN = frozenset(("", "file_share", "thread_broadcast"))


def command(body: Body, name: str, keys: Keys, names: Mapping[str, str]) -> tuple[Command, Origin]:
    """A slash command; a trigger is given out once for each."""
    enterprise, team = body.get("enterprise_id") or "", body.get("team_id") or ""
    origin = Origin(
        "command",
        enterprise,
        team,
        org_of(enterprise, team),
        body["user_id"],
        channel="D" if body.get("channel_name") == "directmessage" else body.get("channel_id") or "",
        trigger=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
        mine=True,
    )
    said = worded(body.get("text") or "", origin.org, names=names)
    key = keys("command", team, body["user_id"], origin.trigger)
    return Command(key, origin.who, origin.where, name, said.text, said.mentions), origin


def message(body: Body, keys: Keys, bot: str, names: Mapping[str, str]) -> tuple[Command, Origin] | None:
    """Words to the bot, in its own chat or with its name in a channel; None for what nobody said to it."""
    event = body["event"]
    if event.get("bot_id") or event.get("subtype", "") not in SPOKEN or not event.get("user"):
        return None
    private = event.get("channel_type") == "im"
    if event["type"] == "message" and not private:
        return None
    thread = event.get("thread_ts") or ""
    origin = _of_event(body, "message", event["user"], channel=event["channel"], thread=thread, mine=private)
    said = worded(event.get("text") or "", origin.org, bot=bot, names=names)
    key = keys("message", origin.team, event["channel"], event["ts"], event["user"])
    return Command(key, origin.who, origin.where, "kizuki", said.text, said.mentions), origin


def opened(body: Body, keys: Keys) -> tuple[Opened, Origin] | None:
    """The home tab, opened; the messages tab beside it is a chat like any other."""
    event = body["event"]
    if event.get("tab") != "home":
        return None
    origin = _of_event(body, "home", event["user"], mine=True, from_home=True)
    return Opened(keys("home", origin.team, event["user"], _moment(body)), origin.who, origin.where), origin


def reaction(body: Body, keys: Keys, emoji: str) -> tuple[Press, Origin] | None:
    """The organisation's emoji under a colleague's message: asked for once, however often it is put and taken away."""
    event = body["event"]
    item, user, author = event.get("item", {}), event["user"], event.get("item_user") or ""
    shown = event.get("reaction", "").partition("::")[0]
    if not emoji or shown != emoji or item.get("type") != "message" or author in ("", user):
        return None
    origin = _of_event(body, "reaction", user, channel=item["channel"])
    key = keys("reaction", origin.team, item["channel"], item["ts"], user)
    to = f"{NAME}/{origin.org}:{author}"
    return Press(key, origin.who, origin.where, "kudos.offer", "", {"to": (to,)}), origin


def joined(body: Body, keys: Keys, title: str) -> Joined:
    """The bot came to a channel."""
    event = body["event"]
    origin = _of_event(body, "message", event.get("inviter") or event["user"], channel=_channel(event))
    by = origin.who if event.get("inviter") else None
    return Joined(keys("joined", origin.team, origin.channel, _moment(body)), origin.where, title, by)


def left(body: Body, keys: Keys) -> Left:
    """The bot left a channel, or there is none any more."""
    event = body["event"]
    origin = _of_event(body, "message", event.get("user") or "", channel=_channel(event))
    return Left(keys("left", origin.team, origin.channel, _moment(body)), origin.where)


def press(body: Body, keys: Keys) -> tuple[Press, Origin] | None:
    """A pressed button, with every field beside it; None for what needs no answer: links, menus that were opened."""
    found = body["actions"][0]
    action = found.get("action_id", "").rpartition(":")[0]
    if found.get("type") != "button" or not action or action == LINK:
        return None
    origin = _pressed(body)
    key = keys("press", origin.team, origin.user, found["action_ts"], found["action_id"])
    values = _fields((body.get("view") or body).get("state", {}), origin.org)
    return Press(key, origin.who, origin.where, action, found.get("value") or "", values), origin


def submitted(body: Body, keys: Keys) -> tuple[Press, Origin] | None:
    """A dialog that was sent; None for one that only shows something."""
    view = body["view"]
    about = remembered(view)
    origin = _pressed(body, kind="submit")
    action = about.get("a", "")
    if not isinstance(action, str) or not action:
        return None
    key = keys("submit", origin.team, origin.user, body["trigger_id"])
    values = _fields(view.get("state", {}), origin.org)
    return Press(key, origin.who, origin.where, action, str(about.get("v", "")), values), origin


def shortcut(body: Body, keys: Keys, names: Mapping[str, str]) -> tuple[Press, Origin]:
    """A shortcut: from anywhere, or from the menu of a message, which is quoted then."""
    quoted = body.get("message") or {}
    origin = _pressed(body, kind="shortcut")
    key = keys("shortcut", origin.team, origin.user, body["trigger_id"])
    return Press(key, origin.who, origin.where, body["callback_id"], "", _quoted(quoted, origin.org, names)), origin


def _quoted(message: Mapping[str, Any], org: str, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    if not message:
        return {}
    writer = _one(message.get("user"))
    by = tuple(f"{NAME}/{org}:{user}" for user in writer)
    return {"text": _one(worded(message.get("text") or "", org, names=names).text), "by": by, "to": by}


def _pressed(body: Body, kind: str = "press") -> Origin:
    view = body.get("view") or {}
    about = remembered(view)
    container = body.get("container", {})
    team, enterprise = _team(body), (body.get("enterprise") or {}).get("id") or _enterprise(body)
    channel = (body.get("channel") or {}).get("id") or str(about.get("c") or "")
    at_home = view.get("type") == "home"
    return Origin(
        ("view" if view and kind == "press" else kind),  # type: ignore[arg-type]
        enterprise,
        team,
        org_of(enterprise, team, body["user"].get("team_id") or ""),
        body["user"]["id"],
        channel=channel,
        thread=container.get("thread_ts") or "",
        trigger=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
        mine=bool(container.get("is_ephemeral")) or channel.startswith("D"),
        view=view,
        from_home=at_home or bool(about.get("h")),
    )


def _team(body: Body) -> str:
    """The workspace; in an app installed for a whole organisation, dialogs may name only the person's."""
    return (body.get("team") or {}).get("id") or body.get("user", {}).get("team_id") or ""


def _enterprise(body: Body) -> str:
    return (body.get("team") or {}).get("enterprise_id") or ""


def _of_event(body: Body, kind: str, user: str, **more: Any) -> Origin:
    event = body["event"]
    given: Sequence[Mapping[str, Any]] = body.get("authorizations") or ({},)
    team = body.get("context_team_id") or given[0].get("team_id") or body.get("team_id") or ""
    # Where Slack says whose authorization it is, an organisation named elsewhere is somebody else's.
    ours = given[0] if "enterprise_id" in given[0] else body
    enterprise = body.get("context_enterprise_id") or ours.get("enterprise_id") or ""
    home_team = event.get("user_team") or ""
    return Origin(kind, enterprise, team, org_of(enterprise, team, home_team), user, **more)  # type: ignore[arg-type]


def _channel(event: Mapping[str, Any]) -> str:
    found = event.get("channel") or ""
    return found if isinstance(found, str) else str(found.get("id") or "")


def _moment(body: Body) -> str:
    return str(body["event"].get("event_ts") or body.get("event_time") or "")


def _fields(state: Mapping[str, Any], org: str) -> dict[str, tuple[str, ...]]:
    """Each input's block is named as its field and holds one element."""
    elements = ((name, element) for name, found in state.get("values", {}).items() for element in found.values())
    return {name: _chosen(element, org) for name, element in elements}


def _chosen(element: Mapping[str, Any], org: str) -> tuple[str, ...]:
    match element.get("type"):
        case "checkboxes" | "multi_static_select":
            return tuple(option["value"] for option in element.get("selected_options") or ())
        case "radio_buttons" | "static_select":
            return _one((element.get("selected_option") or {}).get("value"))
        case "multi_users_select":
            return tuple(f"{NAME}/{org}:{user}" for user in element.get("selected_users") or ())
        case "users_select":
            return tuple(f"{NAME}/{org}:{user}" for user in _one(element.get("selected_user")))
        case "datepicker":
            return _one(element.get("selected_date"))
        case "timepicker":
            return _one(element.get("selected_time"))
        case _:
            return _one(element.get("value"))


def _one(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else ()
