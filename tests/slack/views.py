"""Dialogs and the home tab: views.open, push, update and publish, with Slack's stack of three."""

from collections.abc import Sequence

from tests.slack import blockkit
from tests.slack.calls import Ask, method
from tests.slack.methods import refuse
from tests.slack.refusals import Err
from tests.slack.triggers import Trigger
from tests.slack.workspace import Json, View, Workspace, completed, ident, new_hash

DEEPEST = 3


@method("views.open")
def views_open(ask: Ask) -> Json:
    """Open a dialog for whoever gave the trigger."""
    body = _checked(ask, "modal")
    return _laid(ask, ask.slack.triggers.use(ask.args.get("trigger_id")), body)


@method("views.push")
def views_push(ask: Ask) -> Json:
    """Lay a dialog over the one the trigger was given in."""
    body = _checked(ask, "modal")
    trigger = ask.slack.triggers.use(ask.args.get("trigger_id"))
    if trigger.view is None or trigger.view.body["type"] != "modal":
        raise Err("invalid_trigger_id")
    return _laid(ask, trigger, body)


@method("views.update")
def views_update(ask: Ask) -> Json:
    """Put another view in the place of one that is open."""
    body = _checked(ask, "")
    view = _open(ask)
    if view.body["type"] != body["type"]:
        raise Err("invalid_arguments", response_metadata={"messages": ["[ERROR] a view keeps its type"]})
    if (given := ask.args.get("hash")) and given != view.body["hash"]:
        raise Err("hash_conflict")
    view.write(body)
    return {"view": view.body}


@method("views.publish")
def views_publish(ask: Ask) -> Json:
    """Put a view on somebody's home tab."""
    body = _checked(ask, "home")
    user = str(ask.args.get("user_id") or "")
    home = next((w for w in (ask.workspace, *ask.reachable) if user in w.users), None)
    if home is None or home.users[user].bot:
        raise Err("user_not_found")
    if home.users[user].deleted:
        raise Err("not_enabled")
    return {"view": published(home, user, body, str(ask.args.get("hash") or "")).body}


def published(home: Workspace, user: str, body: Json, known: str = "") -> View:
    """The home tab of somebody, made or written anew."""
    view = home.homes.get(user)
    if view is None:
        view = home.homes[user] = View(_born(home, body, None), user)
        return view
    if known and known != view.body["hash"]:
        raise Err("hash_conflict")
    view.write(body)
    return view


def lay(home: Workspace, user: str, body: Json, over: View | None) -> View:
    """Put a dialog on somebody's screen, over another one or alone."""
    stack = home.stacks.setdefault(user, [])
    if over is None or over not in stack:
        stack.clear()
    if len(stack) >= DEEPEST:
        raise Err("push_limit_reached")
    view = View(_born(home, body, stack[-1] if stack else None), user)
    stack.append(view)
    return view


def _laid(ask: Ask, trigger: Trigger, body: Json) -> Json:
    if trigger.workspace not in ask.reachable:
        raise Err("invalid_trigger_id")
    external = body.get("external_id")
    if external and any(v.body["external_id"] == external for v in trigger.workspace.views()):
        raise Err("duplicate_external_id")
    return {"view": lay(trigger.workspace, trigger.user, body, trigger.view).body}


def _born(home: Workspace, body: Json, below: View | None) -> Json:
    name = ident("V")
    root = below.body["root_view_id"] if below else name
    return {
        **completed(body),
        "id": name,
        "team_id": home.id,
        "hash": new_hash(),
        "root_view_id": root,
        "previous_view_id": below.id if below else None,
        "app_id": home.app_id,
        "app_installed_team_id": home.enterprise if home.everywhere else home.id,
        "bot_id": home.bot_id,
    }


def _checked(ask: Ask, kind: str) -> Json:
    """The view of a call, if Slack draws it."""
    body = ask.args.get("view")
    if not isinstance(body, dict):
        raise Err("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    if kind and body.get("type") != kind:
        message = f"[ERROR] invalid value for type: {body.get('type')} [json-pointer:/view/type]"
        raise Err("invalid_arguments", response_metadata={"messages": [message]})
    if ask.slack.lints:
        refused(blockkit.view_faults(body))
    return body


def refused(found: Sequence[str]) -> None:
    """Views are refused as arguments, messages as blocks."""
    try:
        refuse(found)
    except Err as err:
        raise Err("invalid_arguments" if err.error == "invalid_blocks" else err.error, **err.more) from None


def _open(ask: Ask) -> View:
    """The view that is meant, if somebody still has it open."""
    wanted, external = ask.args.get("view_id"), ask.args.get("external_id")
    for home in ask.reachable:
        for view in home.views():
            if (wanted and view.id == wanted) or (external and view.body["external_id"] == external):
                return view
    raise Err("not_found")
