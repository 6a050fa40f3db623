"""`kizuki manifest`: what a chat platform is given to make the app from."""

import sys
from typing import Annotated

import typer

from adapters.app import CONTENT
from adapters.consoles import APP_YAML, Config
from bot import phrases
from bot.organisation import LANGUAGES

cli = typer.Typer(no_args_is_help=True, help="The manifest from which a chat platform makes the app.")


@cli.command()
def slack(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode, whatever app.yaml says.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML; without the reasons.")] = False,
    lang: Annotated[str, typer.Option(help="ja, en or ja-easy; the organisation's language if left out.")] = "",
    config: Config = APP_YAML,
) -> None:
    """Print the app manifest for Slack that is right for this app.yaml, with the reason of every scope.

    It needs no secret: run it first, paste it at api.slack.com/apps, and set the secrets Slack then shows.
    """
    from adapters.slack import manifest

    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(f"'{lang}' is not one of {', '.join(LANGUAGES)}.")
    found = manifest.draft(config, socket=socket)
    made = manifest.manifest(found, phrases.load(CONTENT / "locales", LANGUAGES), lang=lang)
    assert found.platforms.slack is not None  # noqa: S101 - a draft always has it
    sys.stdout.write(manifest.as_json(made) if json else manifest.as_yaml(made, found.platforms.slack))
