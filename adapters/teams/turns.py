"""Activities through botbuilder: its adapter and its turn, around this project's own wire.

botbuilder's own adapters make two HTTP clients for every request (16 ms) and answer 500 to every invoke that returns a
body; its handler, which says what kinds of activities there are, is used as it is.
"""

from collections.abc import Mapping
from typing import Any

from botbuilder.core import ActivityHandler, BotAdapter, InvokeResponse, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    ResourceResponse,
)

from adapters.teams.connector import Connector
from adapters.teams.origin import Activity as Raw
from adapters.teams.origin import base, part, shared, tenant_of, text
from bot.events import Place

RAW = "kizuki.activity"


class Turns(BotAdapter):  # type: ignore[misc]  # untyped
    """Runs one activity through a handler; what the handler sends goes out by the connector."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._connector = connector

    async def run(self, raw: Raw, handler: ActivityHandler) -> InvokeResponse | None:
        """The answer to an invoke; None for everything that is told and not asked."""
        context = TurnContext(self, _activity(raw))
        context.turn_state[RAW] = raw
        await self.run_pipeline(context, handler.on_turn)
        found: InvokeResponse | None = context.turn_state.get(self._INVOKE_RESPONSE_KEY)
        return found

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Keep the answer to an invoke, and send everything else."""
        return [await self._sent(context, one) for one in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Change a message."""
        await self._connector.update(_place(context), activity.id, activity.serialize(), key=f"turn:{activity.id}")
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Take a message back."""
        await self._connector.delete(_place(context), reference.activity_id, key=f"turn:{reference.activity_id}")

    async def _sent(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        if activity.type == ActivityTypes.invoke_response:
            context.turn_state[self._INVOKE_RESPONSE_KEY] = activity.value
            return ResourceResponse(id="")
        raw = context.turn_state[RAW]
        thread = text(part(raw, "conversation"), "id")
        found = await self._connector.send(
            _place(context), activity.serialize(), key=f"turn:{id(activity)}", thread=thread
        )
        return ResourceResponse(id=found)


def answer(context: TurnContext, found: InvokeResponse) -> None:
    """Answer an invoke. Sent as an activity, as handlers may, the whole card is copied first."""
    context.turn_state[BotAdapter._INVOKE_RESPONSE_KEY] = found


def raw_of(context: TurnContext) -> Raw:
    """The activity as it came: botbuilder's models drop what they do not know."""
    found: Mapping[str, Any] = context.turn_state[RAW]
    return found


def _activity(raw: Raw) -> Activity:
    conversation, sender, recipient = part(raw, "conversation"), part(raw, "from"), part(raw, "recipient")
    return Activity(
        type=text(raw, "type"),
        id=text(raw, "id"),
        name=text(raw, "name"),
        text=text(raw, "text"),
        channel_id=text(raw, "channelId"),
        service_url=text(raw, "serviceUrl"),
        reply_to_id=text(raw, "replyToId"),
        conversation=ConversationAccount(id=text(conversation, "id"), tenant_id=tenant_of(raw)),
        from_property=ChannelAccount(id=text(sender, "id")),
        recipient=ChannelAccount(id=text(recipient, "id")),
    )


def _place(context: TurnContext) -> Place:
    raw = raw_of(context)
    return shared(text(raw, "serviceUrl"), tenant_of(raw), base(text(part(raw, "conversation"), "id")))
