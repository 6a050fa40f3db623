"""`kizuki manifest`: what a chat platform is given to make the app from."""

import re
import sys
from pathlib import Path
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


@cli.command()
def teams(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the package goes.")] = Path("kizuki.zip"),
    version: Annotated[
        str, typer.Option(help="Such as 1.2.3, where Teams wants a higher one than before; kizuki's own if left out.")
    ] = "",
    config: Config = APP_YAML,
) -> None:
    """Write the app package for Microsoft Teams that is right for this app.yaml, checked as Teams checks it.

    It needs no secret: only app_id and tenant. Upload it in the Teams admin centre; docs/teams.md leads through it.
    """
    from adapters.teams import manifest, package

    if version and not re.fullmatch(r"\d{1,5}\.\d{1,5}\.\d{1,5}", version):
        raise typer.BadParameter(f"'{version}' is not three numbers such as 1.2.3: Teams takes nothing else.")
    found = manifest.draft(config)
    spoken = phrases.load(CONTENT / "locales", LANGUAGES)
    made = package.members(found, spoken, CONTENT / "brand", version=version)
    try:
        package.write(output, package.packed(made))
    except OSError as error:
        raise typer.BadParameter(f"{output} cannot be written: {error.strerror}.") from None
    sys.stdout.write(f"{output}: version {version or manifest.release()}, manifest {manifest.shape_of(found)}.\n")
    if manifest.page(found) == manifest.NO_PAGE:
        sys.stdout.write(f"server.url is no https address yet, so the app's pages lead to {manifest.NO_PAGE}.\n")
