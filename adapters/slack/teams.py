"""The workspaces one installation serves: itself, or all those of an organisation that installed kizuki for all."""

from collections.abc import AsyncIterator

from adapters.slack.installations import Workspace
from adapters.slack.web import Json, Web


async def served(web: Web, workspace: Workspace) -> AsyncIterator[Json]:
    """What a call that lists something needs to say of the workspace: nothing, or for an organisation each in turn."""
    if not workspace.org_wide:
        yield {}
        return
    async for page in web.pages(workspace, "auth.teams.list", "teams"):
        for team in page:
            yield {"team_id": team["id"]}
