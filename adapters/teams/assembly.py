"""Teams put together from what app.yaml says."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from adapters.keys import Keys
from adapters.pace import Pace
from adapters.teams.app import Teams
from adapters.teams.chats import Chats
from adapters.teams.comings import Comings
from adapters.teams.connector import Connector, Tokens
from adapters.teams.credentials import credentials
from adapters.teams.directory import Directory
from adapters.teams.door import Door
from adapters.teams.files import Files
from adapters.teams.listen import Listeners
from adapters.teams.origin import NAME
from adapters.teams.places import Places
from adapters.teams.post import Post
from adapters.teams.proof import Proofs
from adapters.teams.rates import of_tenant
from adapters.teams.show import Show
from adapters.teams.signers import Signers
from adapters.teams.turns import Turns
from adapters.underway import UnderWay
from bot.bot import Bot
from bot.platforms import Teams as Settings


class Given:
    """Tokens that come from elsewhere."""

    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def token(self) -> str:
        """Whatever there is now."""
        return await self._token()

    def forget(self, token: str) -> None:
        """Whoever gives them out knows."""

    async def close(self) -> None:
        """Nothing to let go of."""


def assembled(
    bot: Bot, settings: Settings, *, patience: float = 600.0, tokens: Callable[[], Awaitable[str]] | None = None
) -> Teams:
    """The platform, not yet started. Answers that nobody waits for are tried for `patience` seconds."""
    proving: Tokens = Given(tokens) if tokens else credentials(settings)
    pace = Pace(of_tenant(per_second=settings.per_second))
    connector = Connector(settings.app_id, proving, pace, local=settings.local)
    keys, under_way, signers = Keys(NAME, _secret(settings)), UnderWay(), Signers(settings.openid, time.time)
    chats, post = Chats(bot, connector), Post(bot, connector, settings.app_id)
    directory = Directory(bot, connector, home=settings.tenant)
    listeners = Listeners(
        bot,
        keys=keys,
        show=Show(bot, post, chats, under_way, settings, patience=patience),
        directory=directory,
        comings=Comings(bot, connector, directory, keys, under_way),
        files=Files(bot, connector, chats, under_way, local=settings.local),
        chats=chats,
        under_way=under_way,
    )
    return Teams(
        connector=connector,
        signers=signers,
        door=Door(settings, Proofs(settings, signers, time.time)),
        turns=Turns(connector),
        listeners=listeners,
        directory=directory,
        places=Places(bot, connector, keys),
        chats=chats,
        post=post,
        under_way=under_way,
    )


def _secret(settings: Settings) -> bytes:
    """What all replicas share and nobody else knows; an identity that Azure keeps has only its name."""
    if settings.certificate:
        return Path(settings.certificate).read_bytes()
    return (settings.password.get_secret_value() or settings.app_id).encode()
