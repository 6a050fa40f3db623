"""Slack put together from what app.yaml says: one workspace by its token, or several that install kizuki themselves."""

from adapters.slack import scopes
from adapters.slack.app import Slack
from adapters.slack.installations import One, Several
from adapters.slack.oauth import OAuth
from adapters.slack.tokens import Rotation, client
from adapters.slack.vault import Vault
from adapters.slack.web import Web
from bot.bot import Bot
from bot.platforms import Slack as Settings
from storage.database import Database


def assembled(
    bot: Bot, database: Database, settings: Settings, *, patience: float = 600.0, start: float = 5.0
) -> Slack:
    """The platform, not yet started; its keys were checked before.

    Answers that nobody waits for are tried for `patience` seconds; a start waits `start` seconds for Slack.
    """
    web = Web(settings.api, patience=patience)
    if not settings.several:
        one = One(lambda token: client(settings, token), _token(settings), patience=start)
        return Slack(bot, settings, one, web)
    vault = Vault(settings.key.get_secret_value())
    workspaces = Several(database, vault, Rotation(settings, database, vault, bot.now), bot.now)
    oauth = OAuth(
        bot.house.settings,
        settings,
        scopes=scopes.needed(settings),
        phrases=bot.house.phrases,
        database=database,
        vault=vault,
        now=bot.now,
        changed=workspaces.changed,
    )
    return Slack(bot, settings, workspaces, web, besides=oauth.routes())


def _token(settings: Settings) -> str:
    return settings.bot_token.get_secret_value()
