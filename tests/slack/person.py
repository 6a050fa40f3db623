"""People at their keyboards, in Slack's own client.

    await hanako.types("/kizuki 窓口で…", channel="C1")
    await hanako.presses("記録する", numbers=["2"])
    assert "記録しました" in hanako.sees

A button is looked up by its text, or by what its action begins with, on what she looks at: the dialog on top, else the
last thing that was shown to her in answer to something she did. `looks_at` turns to something else.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.slack import answers, filling, payloads
from tests.slack.deliveries import USUAL, Answer, How
from tests.slack.filling import Value
from tests.slack.users import User
from tests.slack.workspace import Channel, Json, Message, View, Workspace

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack

Thing = Message | View
REQUIRED = "Please complete this required field."


class Person:
    """Somebody with an account in a workspace."""

    def __init__(self, slack: "LocalSlack", workspace: Workspace, user: User) -> None:
        self.slack = slack
        self.workspace = workspace
        self.user = user
        self.at = ""
        self.answer = Answer(0)
        # What Slack itself tells her, such as that a command failed.
        self.warnings: list[str] = []
        # What buttons asked her before they did anything; she always says yes.
        self.asked: list[str] = []
        self._thing: Thing | None = None
        self._waits_in = ""

    @property
    def id(self) -> str:
        """Her user id."""
        return self.user.id

    @property
    def name(self) -> str:
        """Her name, as one types it after @."""
        return self.user.name

    @property
    def looking(self) -> Thing | None:
        """What she looks at: the dialog on top, else what was shown to her last."""
        return self.modal or self._thing

    @property
    def sees(self) -> str:
        """All text of what she looks at."""
        return self.looking.plain if self.looking else ""

    @property
    def modal(self) -> View | None:
        """The dialog on top."""
        return self.modals[-1] if self.modals else None

    @property
    def modals(self) -> list[View]:
        """Her dialogs, the lowest first."""
        return self.workspace.stacks.get(self.id, [])

    @property
    def home(self) -> View | None:
        """What stands on her home tab."""
        return self.workspace.homes.get(self.id)

    @property
    def errors(self) -> dict[str, str]:
        """What stands at the fields of the dialog on top."""
        return self.modal.errors if self.modal else {}

    @property
    def ephemerals(self) -> list[Message]:
        """What only she sees, oldest first."""
        return [m for m in self.workspace.ephemerals.get(self.id, []) if not m.deleted]

    @property
    def inbox(self) -> list[Message]:
        """What the bot wrote in her chat with it, oldest first."""
        return [m for m in self.workspace.im(self.id).messages if m.by_bot]

    @property
    def dm(self) -> str:
        """The id of her chat with the bot."""
        return self.workspace.im(self.id).id

    def looks_at(self, thing: Thing | str | None) -> str:
        """Turn to a message, a view, or the newest message of a channel; returns what is seen then."""
        if isinstance(thing, str):
            posted = self.slack.channel(thing).messages
            thing = posted[-1] if posted else None
        self._thing = thing
        return self.sees

    def notices(self, message: Message, channel: Channel) -> None:
        """Something was posted: she looks up if it is where she waits for an answer."""
        mine = channel.kind == "im" and self.id in channel.members and self.at == channel.id
        if message.by_bot and (mine or self._waits_in == channel.id):
            self._thing = message

    async def types(self, text: str, *, channel: str = "", how: How = USUAL, raw: bool = False) -> str:
        """Type a slash command, in a channel or in the chat with the bot; `raw` passes its text on as it is."""
        self.at = channel or self.dm
        typed, _, rest = text.partition(" ")
        rest = rest if raw else payloads.escaped(self.workspace, rest, command=True)
        where = self.slack.channel(self.at)
        form = payloads.command(self.slack, self.workspace, self.user, where, typed, rest)
        self.answer = await self.slack.deliveries.deliver("command", form, how)
        answers.to_command(self, form, self.answer)
        return self.sees

    async def presses(self, words: str, on: Thing | None = None, /, *, how: How = USUAL, **fields: Value) -> str:
        """Press a button with these fields filled in; a required field left empty keeps no button from working."""
        where = on or self.looking
        assert where is not None, f"{self.name} sees nothing to press {words!r} on"
        for name, value in fields.items():
            self.fills(name, value, where)
        block, button = filling.button(where, words)
        if "confirm" in button:
            self.asked.append(button["confirm"]["text"]["text"])
        return await self._acts(where, filling.pressed(block, button, self.slack.ts()), how)

    async def chooses(self, name: str, value: Value, on: Thing | None = None, /, *, how: How = USUAL) -> str:
        """Choose something that is sent at once: a menu beside a text or among buttons. `name` is its block's id."""
        where = on or self.looking
        assert where is not None, f"{self.name} sees nothing to choose on"
        self.fills(name, value, where)
        block, element = filling.field(where, name)
        assert block["type"] != "input" or block.get("dispatch_action"), f"{name} is sent only with its form"
        state = filling.values(where, self.id)[block["block_id"]][element["action_id"]]
        action = {**state, "block_id": block["block_id"], "action_id": element["action_id"]}
        return await self._acts(where, {**action, "action_ts": self.slack.ts()}, how)

    def fills(self, name: str, value: Value, on: Thing | None = None, /) -> None:
        """Fill in a field without sending anything; `name` is the id of its block."""
        where = on or self.looking
        assert where is not None, f"{self.name} sees no field {name!r}"
        block, element = filling.field(where, name)
        state = filling.entered(element, value, self.workspace)
        where.typed[self.id, block["block_id"], element["action_id"]] = state
        where.errors.pop(name, None)

    async def submits(self, *, how: How = USUAL, **fields: Value) -> str:
        """Press the submit button of the dialog on top; nothing is sent while a required field is empty."""
        view = self.modal
        assert view is not None, f"{self.name} has no dialog open"
        assert view.body["submit"], "this dialog has no submit button"
        for name, value in fields.items():
            self.fills(name, value, view)
        values = filling.values(view, self.id)
        view.errors = dict.fromkeys(filling.missing(view, values), REQUIRED)
        if view.errors:
            return self.sees
        payload = payloads.view_sent(self.slack, self.workspace, self.user, view, values)
        self.answer = await self.slack.deliveries.deliver("interactive", payload, how)
        answers.to_submission(self, view, self.answer)
        return self.sees

    async def closes(self, *, all_of_them: bool = False) -> str:
        """Close the dialog on top, or all of them with the cross; the app hears of it only if it asked to."""
        assert self.modal is not None, f"{self.name} has no dialog open"
        closed = list(self.modals) if all_of_them else [self.modals[-1]]
        for view in reversed(closed):
            self.modals.remove(view)
            if view.body["notify_on_close"]:
                payload = payloads.view_closed(self.slack, self.workspace, self.user, view, all_of_them=all_of_them)
                self.answer = await self.slack.deliveries.deliver("interactive", payload)
        return self.sees

    async def uses_shortcut(self, callback: str, *, how: How = USUAL) -> str:
        """Choose a shortcut from the menu beside the message field."""
        payload = payloads.shortcut(self.slack, self.workspace, self.user, callback)
        return await self._interacts(payload, how)

    async def uses_message_shortcut(self, callback: str, channel: str, ts: str, *, how: How = USUAL) -> str:
        """Choose a shortcut from the menu of a message."""
        message = self.slack.channel(channel).find(ts)
        assert message is not None, f"no message {ts} in {channel}"
        payload = payloads.message_action(self.slack, self.workspace, self.user, callback, message)
        return await self._interacts(payload, how)

    async def writes(
        self, text: str, *, channel: str = "", thread: str = "", how: How = USUAL, raw: bool = False
    ) -> Message:
        """Write a message; the app hears of it in its own chat and where it is mentioned."""
        self.at = channel or self.dm
        where = self.slack.channel(self.at)
        assert self.id in where.members, f"{self.name} is not in {self.at}"
        found = text if raw else payloads.escaped(self.workspace, text, command=False)
        message = self.slack.post(self.workspace, where, Message(where.id, self.slack.ts(), self.id, found, [], thread))
        async with self._waiting(where.id):
            await self._told(message, where, how)
        return message

    async def reacts(self, emoji: str, channel: str, ts: str, *, how: How = USUAL) -> str:
        """Put an emoji under a message."""
        where = self.slack.channel(channel)
        message = where.find(ts)
        assert message is not None, f"no message {ts} in {channel}"
        message.reactions.append((emoji, self.id))
        if self.workspace.bot_user in where.members:
            event = payloads.reaction_event(self.user, emoji, message, self.slack.ts())
            async with self._waiting(channel):
                await self._event(event, how)
        return self.sees

    async def opens_home(self, tab: str = "home", *, how: How = USUAL) -> str:
        """Open the bot's home tab, or its messages tab."""
        where = self.workspace.im(self.id)
        self.at = "home" if tab == "home" else where.id
        event = payloads.home_event(self.user, where, tab, self.slack.ts(), self.home)
        await self._event(event, how)
        if tab == "home":
            self._thing = self.home
        return self.sees

    async def _told(self, message: Message, where: Channel, how: How) -> None:
        bot = self.workspace.bot_user
        if where.kind == "im":
            await self._event(payloads.message_event(self.workspace, self.user, message, "message", "im"), how)
        elif f"<@{bot}>" in message.text and bot in where.members:
            await self._event(payloads.message_event(self.workspace, self.user, message, "app_mention"), how)

    async def _event(self, event: Json, how: How) -> None:
        kind = f"{event['type']}.{event['channel_type']}" if "channel_type" in event else event["type"]
        if self.slack.subscribed is not None and kind not in self.slack.subscribed:
            return
        payload = payloads.event_callback(self.slack, self.workspace, event, user=self.user)
        self.answer = await self.slack.deliveries.deliver("event", payload, how)

    async def _acts(self, where: Thing, action: Json, how: How) -> str:
        values = filling.values(where, self.id)
        payload = payloads.block_actions(self.slack, self.workspace, self.user, where, action, values)
        return await self._interacts(payload, how)

    async def _interacts(self, payload: Json, how: How) -> str:
        self.answer = await self.slack.deliveries.deliver("interactive", payload, how)
        answers.to_interaction(self, self.answer)
        return self.sees

    @asynccontextmanager
    async def _waiting(self, channel: str) -> AsyncIterator[None]:
        """While she waits for an answer in a channel, she sees what the bot posts there."""
        self._waits_in = channel
        try:
            yield
        finally:
            self._waits_in = ""


def texts(messages: Sequence[Message]) -> list[str]:
    """What messages say, one text each."""
    return [m.plain for m in messages]
