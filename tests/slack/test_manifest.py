"""The app manifest: what Slack takes, what this app.yaml means, and no scope without a reason."""

import ast
import inspect
import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_sdk.web import async_client

from adapters.slack import manifest, scopes
from adapters.slack.app import PATH
from adapters.slack.oauth import CALLBACK
from bot.dispatch import ACTIONS
from bot.documents import Faults
from bot.organisation import LANGUAGES
from bot.platforms import Slack
from bot.turn import House
from tests.commands import kizuki as run

ROOT = Path(__file__).parents[2]
URL = "https://kizuki.example.jp"
ONE = "bot_token: ${SLACK_BOT_TOKEN}"
SEVERAL = "client_id: ${SLACK_CLIENT_ID}"

# What may stand in a manifest, as Slack's reference and published schema say (major_version 1).


class Strict(BaseModel):
    """A part of a manifest: what Slack does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", strict=True)


BotScope = Literal[
    "app_mentions:read", "bookmarks:read", "bookmarks:write", "calls:read", "calls:write", "channels:history",
    "channels:join", "channels:manage", "channels:read", "chat:write", "chat:write.customize", "chat:write.public",
    "commands", "dnd:read", "emoji:read", "files:read", "files:write", "groups:history", "groups:read", "groups:write",
    "im:history", "im:read", "im:write", "incoming-webhook", "links:read", "links:write", "metadata.message:read",
    "mpim:history", "mpim:read", "mpim:write", "pins:read", "pins:write", "reactions:read", "reactions:write",
    "reminders:read", "reminders:write", "remote_files:read", "remote_files:share", "remote_files:write", "team:read",
    "usergroups:read", "usergroups:write", "users.profile:read", "users:read", "users:read.email", "users:write",
]  # fmt: skip
BotEvent = Literal[
    "app_home_opened", "app_mention", "app_requested", "app_uninstalled", "channel_archive", "channel_created",
    "channel_deleted", "channel_history_changed", "channel_id_changed", "channel_left", "channel_rename",
    "channel_shared", "channel_unarchive", "channel_unshared", "dnd_updated_user", "email_domain_changed",
    "emoji_changed", "file_change", "file_created", "file_deleted", "file_public", "file_shared", "file_unshared",
    "grid_migration_finished", "grid_migration_started", "group_archive", "group_close", "group_deleted",
    "group_history_changed", "group_left", "group_open", "group_rename", "group_unarchive", "im_close", "im_created",
    "im_history_changed", "im_open", "invite_requested", "link_shared", "member_joined_channel",
    "member_left_channel", "message.app_home", "message.channels", "message.groups", "message.im", "message.mpim",
    "pin_added", "pin_removed", "reaction_added", "reaction_removed", "shared_channel_invite_accepted", "star_added",
    "subteam_created", "subteam_members_changed", "subteam_updated", "team_access_granted", "team_access_revoked",
    "team_domain_change", "team_join", "team_rename", "tokens_revoked", "user_change", "user_huddle_changed",
    "user_profile_changed", "user_status_changed",
]  # fmt: skip
Url = Annotated[str, Field(pattern=r"^https://\S+$", max_length=3_000)]


class Display(Strict):
    name: str = Field(min_length=1, max_length=35)
    description: str = Field(min_length=1, max_length=140)
    long_description: str = Field(min_length=175, max_length=4_000)
    background_color: str = Field(pattern="^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$")


class Home(Strict):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Strict):
    display_name: str = Field(pattern="^[a-z0-9._-]{1,80}$")
    always_online: bool


class Shortcut(Strict):
    name: str = Field(min_length=1, max_length=24)
    type: Literal["global", "message"]
    callback_id: str = Field(min_length=1, max_length=255)
    description: str = Field(min_length=1, max_length=150)


class SlashCommand(Strict):
    command: str = Field(pattern="^/[a-z0-9_-]+$", max_length=32)
    url: Url | None = None
    description: str = Field(min_length=1, max_length=2_000)
    usage_hint: str = Field(min_length=1, max_length=1_000)
    should_escape: bool


class Features(Strict):
    app_home: Home
    bot_user: BotUser
    shortcuts: list[Shortcut] = Field(min_length=1, max_length=10)
    slash_commands: list[SlashCommand] = Field(min_length=1, max_length=50)


class Scopes(Strict):
    bot: list[BotScope] = Field(max_length=255)


class OAuth(Strict):
    redirect_urls: list[Url] | None = Field(default=None, max_length=1_000)
    scopes: Scopes


class Events(Strict):
    request_url: Url | None = None
    bot_events: list[BotEvent] = Field(max_length=100)


class Interactivity(Strict):
    is_enabled: bool
    request_url: Url | None = None


class Switches(Strict):
    event_subscriptions: Events
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Strict):
    display_information: Display
    features: Features
    oauth_config: OAuth
    settings: Switches


def app_yaml(folder: Path, slack: str = ONE, *, url: str = URL, top: str = "") -> Path:
    """An app.yaml with a section for Slack; nothing of what it takes from the environment is set."""
    server = f"server: {{url: {url}}}\n" if url else ""
    section = f"platforms:\n  slack:\n    {slack}\n" if slack else ""
    path = folder / "app.yaml"
    path.write_text(f"organisation:\n  name: {{ja: 試験都庁, en: Test City}}\n{top}{server}{section}")
    return path


def made(house: House, path: Path, *, socket: bool = False, lang: str = "") -> dict[str, Any]:
    """The manifest that an app.yaml means."""
    return manifest.manifest(manifest.draft(path, socket=socket, environ={}), house.phrases, lang=lang)


def kizuki(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, with no secret set."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SLACK_")}
    return run(*words, cwd=cwd, environ=clean)


@pytest.mark.parametrize(
    ("socket", "slack", "lang"), [*itertools.product((False, True), (ONE, SEVERAL), LANGUAGES)], ids=str
)
def test_slack_takes_it(house: House, tmp_path: Path, socket: bool, slack: str, lang: str) -> None:
    found = made(house, app_yaml(tmp_path, slack), socket=socket, lang=lang)
    Manifest.model_validate(found)
    bot = found["oauth_config"]["scopes"]["bot"]
    events = found["settings"]["event_subscriptions"]["bot_events"]
    assert bot == sorted(set(bot))
    assert len(events) == len(set(events))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("display_information", "long_description"), "short"),
        (("display_information", "background_color"), "blue"),
        (("features", "shortcuts", 0, "name"), "x" * 25),
        (("features", "slash_commands", 0, "command"), "kizuki"),
        (("oauth_config", "scopes", "bot", 0), "chat:wirte"),
        (("settings", "event_subscriptions", "bot_events", 0), "message.im.all"),
        (("settings", "interactivity", "request_url"), "http://kizuki.example.jp"),
        (("settings", "unheard_of"), True),
    ],
)
def test_what_slack_refuses_is_seen_here_first(
    house: House, tmp_path: Path, path: tuple[str | int, ...], value: object
) -> None:
    found: Any = made(house, app_yaml(tmp_path))
    *above, last = path
    inner = found
    for key in above:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(ValidationError):
        Manifest.model_validate(found)


def test_over_http_slack_is_told_one_address(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path))
    text = json.dumps(found)
    assert text.count(URL) == text.count(f"{URL}/slack/events") == 5
    assert found["settings"]["socket_mode_enabled"] is False
    assert (manifest.EVENTS_PATH, manifest.REDIRECT_PATH) == (PATH, CALLBACK)


def test_over_a_socket_slack_is_told_no_address(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path, "transport: socket", url=""))
    assert "https:" not in json.dumps(found)
    assert found["settings"]["socket_mode_enabled"] is True
    assert found["settings"]["interactivity"] == {"is_enabled": True}
    assert made(house, app_yaml(tmp_path, url=""), socket=True) == found


def test_several_workspaces_install_it_themselves(house: House, tmp_path: Path) -> None:
    one = made(house, app_yaml(tmp_path))
    several = made(house, app_yaml(tmp_path, SEVERAL))
    assert "redirect_urls" not in one["oauth_config"]
    assert several["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth/callback"]
    for switch in ("org_deploy_enabled", "token_rotation_enabled"):
        assert (one["settings"][switch], several["settings"][switch]) == (False, True)


def test_commands_are_called_what_the_organisation_calls_them(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path, "commands: {kizuki: /kaizen, kudos: /arigato, pulse: /koe}"))
    commands = found["features"]["slash_commands"]
    assert [c["command"] for c in commands] == ["/kaizen", "/arigato", "/koe"]
    assert all(c["should_escape"] for c in commands)


def test_shortcuts_do_what_the_core_knows(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path))["features"]["shortcuts"]
    assert {s["callback_id"] for s in found} <= ACTIONS.keys()
    assert [s["type"] for s in found] == ["global", "global", "message", "message"]


def test_reactions_are_read_only_where_an_emoji_was_chosen(house: House, tmp_path: Path) -> None:
    without = made(house, app_yaml(tmp_path))
    chosen = made(house, app_yaml(tmp_path, "reaction: clap"))
    for found, expected in ((without, False), (chosen, True)):
        assert ("reactions:read" in found["oauth_config"]["scopes"]["bot"]) is expected
        assert ("reaction_added" in found["settings"]["event_subscriptions"]["bot_events"]) is expected


def test_texts_are_in_the_organisations_language(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path)
    assert made(house, path) == made(house, path, lang="ja") != made(house, path, lang="en")


@pytest.mark.parametrize("section", ["", "transport: socket\n    bot_token: ${SLACK_BOT_TOKEN}", SEVERAL])
def test_nothing_has_to_be_set_yet(house: House, tmp_path: Path, section: str) -> None:
    path = app_yaml(tmp_path, section, top="database: ${DATABASE_URL}\npeople: {unheard_of: 1}\n")
    Manifest.model_validate(made(house, path))


def test_an_address_from_the_environment(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path, url='"${PUBLIC_URL}"')
    with pytest.raises(Faults, match=r"server\.url says nothing"):
        manifest.draft(path, environ={})
    found = manifest.draft(path, environ={"PUBLIC_URL": "https://bot.example.jp/"})
    assert "https://bot.example.jp/slack/events" in json.dumps(manifest.manifest(found, house.phrases))


@pytest.mark.parametrize(("slack", "more"), [("", ()), (ONE, ()), (SEVERAL, ()), (SEVERAL, ("--socket",))])
def test_without_the_address_it_needs_there_is_no_manifest(tmp_path: Path, slack: str, more: tuple[str, ...]) -> None:
    app_yaml(tmp_path, slack, url="")
    done = kizuki("manifest", "slack", *more, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.search(r"app\.yaml:\d+: .*`server: \{url: https://…\}`", done.stderr)
    assert "Traceback" not in done.stderr


def test_faults_of_its_own_section_are_told(tmp_path: Path) -> None:
    app_yaml(tmp_path, "transport: pigeon\n    commands: {kizuki: Kizuki}")
    done = kizuki("manifest", "slack", cwd=tmp_path)
    assert done.returncode == 1
    assert "app.yaml:6: 'platforms.slack.transport'" in done.stderr
    assert "app.yaml:7: 'platforms.slack.commands.kizuki'" in done.stderr
    assert done.stdout == ""


def test_the_command_prints_yaml_with_reasons_or_json(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path, SEVERAL + "\n    reaction: clap")
    expected = made(house, path)
    as_yaml, as_json = (kizuki("manifest", "slack", *more, cwd=tmp_path) for more in ((), ("--json",)))
    assert (as_yaml.returncode, as_json.returncode) == (0, 0)
    assert yaml.safe_load(as_yaml.stdout) == json.loads(as_json.stdout) == expected
    reasons = scopes.reasons(Slack(**_slack(reaction="clap")))
    for scope, why in reasons.items():
        assert f"- {scope}  # {why}\n" in as_yaml.stdout
    assert "token_rotation_enabled: true  # " in as_yaml.stdout


def test_the_command_knows_its_languages(house: House, tmp_path: Path) -> None:
    app_yaml(tmp_path, url="")
    done = kizuki("manifest", "slack", "--socket", "--lang", "en", cwd=tmp_path)
    assert house.phrases("en", "slack.description_short") in done.stdout
    refused = kizuki("manifest", "slack", "--socket", "--lang", "fr", cwd=tmp_path)
    assert refused.returncode == 2
    assert "'fr' is not one of ja, en, ja-easy" in refused.stderr


# The table of scopes against what the code does.


def _slack(**more: Any) -> dict[str, Any]:
    return {"signing_secret": "unset", "bot_token": "xoxb-unset", **more}


def _known_methods() -> dict[str, str]:
    """Every Web API method, by the name the library gives it and by its own."""
    source = inspect.getsource(async_client)
    found = re.findall(r"async def (\w+)\((?:(?!async def).)*?self\.api_call\(\s*\"([\w.]+)\"", source, re.DOTALL)
    return dict(found) | {method: method for _, method in found}


def _trees() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "adapters" / "slack").glob("*.py")):
        if path.name != "scopes.py":
            yield ast.parse(path.read_text())


def _methods_called() -> set[str]:
    """Methods as attributes of a client (client.chat_postMessage) or by their names ("chat.postMessage")."""
    known = _known_methods()
    found = set()
    for node in itertools.chain.from_iterable(map(ast.walk, _trees())):
        if isinstance(node, ast.Attribute) and node.attr in known and "_" in node.attr:
            found.add(known[node.attr])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            found |= {known[node.value]} if node.value in known else set()
    return found


def test_every_method_called_is_in_the_table_and_no_other() -> None:
    called = _methods_called()
    assert "users.list" in called
    assert called == scopes.METHODS.keys()


def test_every_event_is_acted_on() -> None:
    """`message.im` arrives as `message`."""
    words = {
        node.value
        for node in itertools.chain.from_iterable(map(ast.walk, _trees()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {name.partition(".")[0] for name in scopes.EVENTS} <= words


def test_every_scope_has_one_reason_and_a_use() -> None:
    slack = Slack(**_slack(reaction="clap"))
    assert sorted(scopes.reasons(slack)) == list(scopes.needed(slack))
    assert "reactions:read" not in scopes.reasons(Slack(**_slack()))


def test_the_page_tells_every_scope() -> None:
    page = (ROOT / "docs" / "slack.md").read_text()
    told = dict(re.findall(r"^\| `([a-z_.]+(?::[a-z.]+)?)` \| (.+?) \|$", page, re.MULTILINE))
    assert told == scopes.reasons(Slack(**_slack(reaction="clap")))
