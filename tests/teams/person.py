"""People at their keyboards, in Teams' own client.

    await hanako.writes("気づき 窓口で…")
    await hanako.presses("記録する", numbers=["2"])
    assert "記録しました" in hanako.sees

A button is looked up by its words, or by what its action begins with, on what she looks at: the dialog, else the last
thing that was shown to her in answer to something she did. `looks_at` turns to something else. A button that unfolds a
question with one button in it is answered with that one; `asked` keeps the question.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.teams import answers, extension, filling, payloads
from tests.teams.conversations import Conversation, Message
from tests.teams.deliveries import USUAL, Answer, How
from tests.teams.dialogs import Dialog, Result, Thing
from tests.teams.filling import Value
from tests.teams.tenant import Account, Json, Tenant

if TYPE_CHECKING:
    from tests.teams.server import LocalTeams


class Person:
    """Somebody with an account in a tenant."""

    def __init__(self, teams: "LocalTeams", tenant: Tenant, account: Account) -> None:
        self.teams = teams
        self.tenant = tenant
        self.account = account
        self.at: Conversation | None = None
        self.answer = Answer(0)
        # What Teams itself tells her, such as that something went wrong.
        self.warnings: list[str] = []
        # What buttons asked her before they did anything; she always says yes.
        self.asked: list[str] = []
        # The pages that buttons opened.
        self.opened: list[str] = []
        self.dialog: Dialog | None = None
        # Some clients open none: what would open one is sent as a message.
        self.opens_dialogs = True
        # What her last search found, and the cards that stand in her message field.
        self.results: list[Result] = []
        self.drafts: list[Result] = []
        self._refused: dict[str, str] = {}
        self._thing: Thing | None = None
        self._waits_in: Conversation | None = None

    @property
    def id(self) -> str:
        """Her id for this bot, 29:…"""
        return self.account.id

    @property
    def oid(self) -> str:
        """Her object id in the directory."""
        return self.account.oid

    @property
    def name(self) -> str:
        """Her name, as one types it after @."""
        return self.account.name

    @property
    def handle(self) -> str:
        """Her account, as kizuki calls it."""
        return f"{self.tenant.id}:{self.oid}"

    @property
    def chat(self) -> Conversation:
        """Her chat with the bot."""
        return self.teams.personal(self.account)

    @property
    def looking(self) -> Thing | None:
        """What she looks at: the dialog, else what was shown to her last."""
        return self.dialog or self._thing

    @property
    def sees(self) -> str:
        """All text of what she looks at."""
        return self.looking.plain_for(self.id) if self.looking else ""

    @property
    def card(self) -> Json | None:
        """The card she looks at."""
        return self.looking.card_of(self.id) if self.looking else None

    @property
    def errors(self) -> dict[str, str]:
        """What stands at the fields of what she looks at: the client's refusals, then the app's own words in red."""
        return {**(filling.shown_errors(self.card) if self.card else {}), **self._refused}

    @property
    def inbox(self) -> list[Message]:
        """What the bot wrote in her chat with it, oldest first."""
        return [m for m in self.chat.messages if m.by_bot]

    @property
    def whispers(self) -> list[Message]:
        """What only she sees in channels and group chats, oldest first."""
        found = (m for c in self.teams.conversations.values() for m in c.posted)
        return [m for m in found if m.to == self.id and not m.deleted]

    def looks_at(self, thing: Thing | Conversation | None) -> str:
        """Turn to a message, or to the newest message of a conversation; returns what is seen then."""
        if isinstance(thing, Conversation):
            thing = thing.messages[-1] if thing.messages else None
        self._thing = thing
        self._refused = {}
        return self.sees

    def notices(self, message: Message) -> None:
        """Something was posted: she looks up if it is where she waits for an answer, or for her alone."""
        where = message.conversation
        mine = where is self._waits_in or (where.kind == "personal" and self.at is where) or message.to == self.id
        if message.by_bot and mine:
            self.looks_at(message)

    async def writes(
        self,
        text: str,
        *,
        channel: Conversation | None = None,
        thread: Message | None = None,
        how: How = USUAL,
        raw: bool = False,
    ) -> Message:
        """Write a message; the bot hears of it in its own chat and where it is mentioned (@kizuki).

        `thread` answers in a channel's thread; `raw` passes the text on as it is, mentions and all.
        """
        where = channel or (thread.conversation if thread else self.chat)
        assert self.account in where.people, f"{self.name} is not in {where.name or where.id}"
        assert where.kind != "personal" or self.account.installed, f"{self.name} has no such app"
        self.at = where
        ident = self.teams.stamp()
        root = (thread.root or thread.id if thread else ident) if where.kind == "channel" else ""
        said = self.teams.post(Message(ident, where, self.id, {"type": "message", "text": text}, root))
        if where.kind == "personal" or (where.bot and (raw or f"@{self.teams.name}" in text)):
            async with self.waiting(where):
                await self.tells(payloads.message(self.teams, self.account, said, raw=raw), how)
        return said

    async def presses(
        self, words: str, on: Thing | None = None, /, *, how: How = USUAL, old_client: bool = False, **fields: Value
    ) -> str:
        """Press a button with these fields filled in; the client sends nothing while a required field is empty.

        With `old_client` it knows no Action.Execute and sends what the button falls back to.
        """
        where = on or self.looking
        card = where.card_of(self.id) if where else None
        assert where is not None, f"{self.name} sees nothing to press {words!r} on"
        assert card is not None, f"{self.name} sees no card to press {words!r} on"
        for name, value in fields.items():
            self.fills(name, value, where)
        action, above = filling.action(card, words)
        if len(above) > 1:
            self.asked.append(filling.question(above))
        self._refused = filling.missing(action, above, where.typed, self.id)
        if self._refused:
            return self.sees
        if action["type"] == "Action.Execute" and old_client:
            action = action["fallback"]
        await self._acts(where, action, filling.collected(action, above, where.typed, self.id), how)
        return self.sees

    def fills(self, name: str, value: Value, on: Thing | None = None, /) -> None:
        """Fill in a field without sending anything; `name` is the name of its block."""
        where = on or self.looking
        card = where.card_of(self.id) if where else None
        assert where is not None, f"{self.name} sees no field {name!r}"
        assert card is not None, f"{self.name} sees no field {name!r}"
        element = filling.field(filling.everywhere(card), name)
        where.typed[self.id, element["id"]] = filling.entered(element, value, self.tenant)
        self._refused.pop(name, None)

    async def submits(self, words: str = "", /, *, how: How = USUAL, **fields: Value) -> str:
        """Press the button of the dialog that stands out, or else its first one."""
        assert self.dialog is not None, f"{self.name} has no dialog open"
        assert self.dialog.card is not None, "this dialog has nothing to send"
        found = [a for a, _ in filling.actions(self.dialog.card) if a["type"] == "Action.Submit"]
        assert found, "this dialog has nothing to send"
        first = next((a for a in found if a.get("style") == "positive"), found[0])
        for name, value in fields.items():
            self.fills(name, value)
        return await self.presses(words or first["title"], how=how)

    async def closes(self) -> str:
        """Close the dialog with its cross, of which the bot does not hear; returns what is seen behind it."""
        assert self.dialog is not None, f"{self.name} has no dialog open"
        self.dialog = None
        return self.sees

    async def uses_action(
        self, command: str, message: Message | None = None, *, where: Conversation | None = None, how: How = USUAL
    ) -> str:
        """Choose an action of the message extension: in the menu of a message, or beside the message field."""
        await extension.fetches(self, command, message, where or self.at or self.chat, how)
        return self.sees

    async def searches(
        self, text: str, command: str, *, where: Conversation | None = None, parameter: str = "", how: How = USUAL
    ) -> list[Result]:
        """Search with the message extension; without a text it shows what it shows at first."""
        return await extension.searches(self, text, command, where or self.at or self.chat, parameter, how)

    def inserts(self, result: Result, where: Conversation | None = None) -> Message:
        """Post the card of a result as her own message."""
        return extension.inserts(self, result, where or self.at or self.chat)

    async def reacts(self, kind: str, message: Message, *, how: How = USUAL) -> str:
        """Put an emoji such as like or heart under a message; the bot hears of it under its own."""
        message.reactions.append((kind, self.id))
        return await extension.reaction(self, "reactionsAdded", kind, message, how)

    async def unreacts(self, kind: str, message: Message, *, how: How = USUAL) -> str:
        """Take the emoji away again."""
        message.reactions.remove((kind, self.id))
        return await extension.reaction(self, "reactionsRemoved", kind, message, how)

    async def installs(self, *, how: How = USUAL) -> str:
        """Add the app for herself; the bot may greet her."""
        self.account.installed, self.account.blocked, self.at = True, False, self.chat
        async with self.waiting(self.chat):
            await self.teams.events.installed(self, how)
        return self.sees

    async def uninstalls(self, *, how: How = USUAL) -> str:
        """Remove the app from her own apps."""
        self.account.installed = False
        await self.teams.events.uninstalled(self, how)
        return self.sees

    def blocks(self, *, blocked: bool = True) -> None:
        """Block the bot, of which it does not hear."""
        self.account.blocked = blocked

    async def accepts_file(self, message: Message | None = None, *, how: How = USUAL) -> str:
        """Agree that a file is put into her OneDrive."""
        return await extension.answers_file(self, message, "accept", how)

    async def declines_file(self, message: Message | None = None, *, how: How = USUAL) -> str:
        """Do not agree to it."""
        return await extension.answers_file(self, message, "decline", how)

    async def tells(self, activity: Json, how: How = USUAL) -> Answer:
        """Have an activity of hers delivered that is no invoke."""
        self.answer = await self.teams.deliveries.deliver(activity, how)
        answers.to_activity(self, self.answer)
        return self.answer

    async def invokes(self, where: Conversation, name: str, value: Json, on: Message | None, how: How) -> Answer:
        """Have an invoke of hers delivered, and wait for its answer."""
        activity = payloads.invoke(self.teams, self.account, where, name, value, on=on)
        async with self.waiting(where):
            self.answer = await self.teams.deliveries.deliver(activity, how)
        return self.answer

    async def _acts(self, where: Thing, action: Json, data: Json, how: How) -> None:
        match action["type"]:
            case "Action.OpenUrl":
                self.opened.append(action["url"])
            case "Action.Execute":
                assert isinstance(where, Message), "only a message has such buttons"
                value = payloads.executed(action, data)
                answer = await self.invokes(where.conversation, "adaptiveCard/action", value, where, how)
                answers.to_execute(self, where, answer)
            case "Action.Submit":
                await self._submits(where, data, how)
            case kind:
                raise AssertionError(f"nobody presses {kind}")

    async def _submits(self, where: Thing, data: Json, how: How) -> None:
        if isinstance(where, Dialog):
            await extension.sends(self, where, data, how)
            return
        assert isinstance(where, Message), "only a message or a dialog has buttons"
        if data.get("msteams", {}).get("type") == "task/fetch" and self.opens_dialogs:
            opening = answers.opening(where.conversation, where)
            answer = await self.invokes(where.conversation, "task/fetch", payloads.task(data), where, how)
            answers.to_task(self, opening, answer)
            return
        async with self.waiting(where.conversation):
            await self.tells(payloads.submitted(self.teams, self.account, where, data), how)

    @asynccontextmanager
    async def waiting(self, where: Conversation) -> AsyncIterator[None]:
        """While she waits for an answer in a conversation, she sees what the bot posts there."""
        self._waits_in = where
        try:
            yield
        finally:
            self._waits_in = None


def texts(messages: Sequence[Message]) -> list[str]:
    """What messages say, one text each."""
    return [m.plain for m in messages]
