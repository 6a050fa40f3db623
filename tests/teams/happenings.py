"""What happens in Teams beside what people do with the bot, each told to the app as the event it is.

See learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events.
"""

from typing import TYPE_CHECKING, Any

from tests.teams import payloads
from tests.teams.conversations import Conversation, Message, Team
from tests.teams.deliveries import USUAL, Answer, How
from tests.teams.tenant import Account, Json, guid

if TYPE_CHECKING:
    from tests.teams.person import Person
    from tests.teams.server import LocalTeams


class Happenings:
    """Teams, channels and group chats that come, change and go, and who is in them."""

    def __init__(self, teams: "LocalTeams") -> None:
        self._teams = teams

    async def tell(self, by: "Person", where: Conversation, what: str = "", *, how: How = USUAL, **more: Any) -> Answer:
        """Tell the app of any event in a conversation."""
        found = payloads.event(self._teams, by.account, where, what, **more)
        answer = await self._teams.deliveries.deliver(found, how)
        if not answer.ok:
            self._teams.faults.append(f"{what or found['type']}: answered {answer.status}")
        return answer

    async def installed(self, person: "Person", how: How = USUAL) -> Answer:
        """Somebody added the app for themselves: two activities tell of it."""
        added = [{"id": person.id, "aadObjectId": person.oid}, {"id": self._teams.bot["id"]}]
        await self.tell(person, person.chat, how=how, membersAdded=added)
        return await self._installation(person, person.chat, "add", how)

    async def uninstalled(self, person: "Person", how: How = USUAL) -> Answer:
        """Somebody removed the app from their own."""
        return await self._installation(person, person.chat, "remove", how)

    async def adds_bot(self, where: Team | Conversation, by: "Person", *, how: How = USUAL) -> Answer:
        """The bot is taken into a team (in the channel that was chosen), or into a group chat."""
        place = where.general if isinstance(where, Team) else where
        what = "teamMemberAdded" if place.team else ""
        _let(place, here=True)
        chosen: Json = {"settings": {"selectedChannel": {"id": place.id}}} if place.team else {}
        bot = {"id": self._teams.bot["id"]}
        await self.tell(by, place, what, how=how, membersAdded=[bot], data=chosen)
        return await self._installation(by, place, "add", how)

    async def removes_bot(self, where: Team | Conversation, by: "Person", *, how: How = USUAL) -> Answer:
        """The bot is removed from a team or a group chat."""
        place = where.general if isinstance(where, Team) else where
        what = "teamMemberRemoved" if place.team else ""
        _let(place, here=False)
        bot = {"id": self._teams.bot["id"]}
        await self.tell(by, place, what, how=how, membersRemoved=[bot])
        return await self._installation(by, place, "remove", how)

    async def _installation(self, by: "Person", where: Conversation, action: str, how: How) -> Answer:
        return await self.tell(by, where, how=how, kind="installationUpdate", action=action)

    async def adds(self, where: Team | Conversation, who: "Person", by: "Person", *, how: How = USUAL) -> Answer:
        """Somebody is new in a team or a group chat."""
        place = where.general if isinstance(where, Team) else where
        place.people.append(who.account)
        what = "teamMemberAdded" if place.team else ""
        return await self.tell(by, place, what, how=how, membersAdded=[_named(who.account)])

    async def removes(self, where: Team | Conversation, who: "Person", by: "Person", *, how: How = USUAL) -> Answer:
        """Somebody leaves a team or a group chat."""
        place = where.general if isinstance(where, Team) else where
        place.people.remove(who.account)
        what = "teamMemberRemoved" if place.team else ""
        return await self.tell(by, place, what, how=how, membersRemoved=[_named(who.account)])

    async def renames_team(self, team: Team, name: str, by: "Person", *, how: How = USUAL) -> Answer:
        """A team gets another name."""
        team.name = name
        return await self.tell(by, team.general, "teamRenamed", how=how)

    async def archives(self, team: Team, by: "Person", *, archived: bool = True, how: How = USUAL) -> Answer:
        """A team can only be read from now on, or be written in again."""
        team.archived = archived
        return await self.tell(by, team.general, "teamArchived" if archived else "teamUnarchived", how=how)

    async def deletes_team(self, team: Team, by: "Person", *, how: How = USUAL) -> Answer:
        """A team is deleted, and could be restored for a month."""
        team.deleted = True
        return await self.tell(by, team.general, "teamDeleted", how=how)

    async def restores_team(self, team: Team, by: "Person", *, how: How = USUAL) -> Answer:
        """A deleted team is there again."""
        team.deleted = False
        return await self.tell(by, team.general, "teamRestored", how=how)

    async def creates_channel(self, team: Team, name: str, by: "Person", *, how: How = USUAL) -> Conversation:
        """A team gets another channel."""
        found = self._teams.channel(team, name)
        await self._of_channel(found, "channelCreated", by, how)
        return found

    async def renames_channel(self, channel: Conversation, name: str, by: "Person", *, how: How = USUAL) -> Answer:
        """A channel gets another name."""
        channel.name = name
        return await self._of_channel(channel, "channelRenamed", by, how)

    async def deletes_channel(self, channel: Conversation, by: "Person", *, how: How = USUAL) -> Answer:
        """A channel is deleted."""
        channel.deleted = True
        return await self._of_channel(channel, "channelDeleted", by, how)

    async def restores_channel(self, channel: Conversation, by: "Person", *, how: How = USUAL) -> Answer:
        """A deleted channel is there again."""
        channel.deleted = False
        return await self._of_channel(channel, "channelRestored", by, how)

    async def _of_channel(self, channel: Conversation, what: str, by: "Person", how: How) -> Answer:
        """It happens in the team, whose id is the conversation's."""
        assert channel.team
        data = payloads.about_channel(channel.team, channel)
        return await self.tell(by, channel.team.general, what, how=how, data=data)

    async def edits(self, message: Message, text: str, by: "Person", *, how: How = USUAL) -> Answer:
        """Somebody changes what they wrote to the bot."""
        message.write({**message.activity, "text": text})
        found = payloads.message(self._teams, by.account, message)
        data = {**found["channelData"], "eventType": "editMessage"}
        return await by.tells({**found, "type": "messageUpdate", "channelData": data}, how)

    async def deletes(self, message: Message, by: "Person", *, how: How = USUAL) -> Answer:
        """Somebody takes back what they wrote to the bot."""
        message.deleted = True
        found = payloads.message(self._teams, by.account, message)
        data = {**found["channelData"], "eventType": "softDeleteMessage"}
        return await by.tells({**found, "type": "messageDelete", "text": "", "channelData": data}, how)

    async def unheard_of(self, by: "Person", *, kind: str = "event", name: str = "application/vnd.new") -> Answer:
        """Something that Teams did not have when the app was written: it has to be taken all the same."""
        found = payloads.activity(self._teams, kind, by.account, by.chat, name=name, value={"id": guid("new")})
        return await by.tells(found)


def _named(account: Account) -> Json:
    return {"id": account.id} if account.role == "anonymous" else {"id": account.id, "aadObjectId": account.oid}


def _let(place: Conversation, *, here: bool) -> None:
    """Let the bot be in a conversation, and in the team around it, or not."""
    place.here = here
    if place.team:
        place.team.bot = here
