"""Trigger ids: each opens one dialog, within three seconds."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.slack.refusals import Err
from tests.slack.workspace import View, Workspace

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack

LIVES_S = 3.0


@dataclass(eq=False)
class Trigger:
    """What a person did that may be answered with a dialog; `view` is the dialog it was done in."""

    workspace: Workspace
    user: str
    view: View | None
    at: float
    used: bool = False


class Triggers:
    """Every trigger given out."""

    def __init__(self, slack: "LocalSlack") -> None:
        self._slack = slack
        self._given: dict[str, Trigger] = {}

    def give(self, workspace: Workspace, user: str, view: View | None = None) -> str:
        """A new trigger for what somebody just did."""
        ident = f"{len(self._given) + 1}.{workspace.id[1:]}.{secrets.token_hex(16)}"
        self._given[ident] = Trigger(workspace, user, view, self._slack.now())
        return ident

    def use(self, ident: object) -> Trigger:
        """Use a trigger up; raises what Slack says of old, used and unknown ones."""
        found = self._given.get(str(ident))
        if found is None:
            raise Err("invalid_trigger_id")
        if found.used:
            raise Err("exchanged_trigger_id")
        if self._slack.now() - found.at > LIVES_S:
            raise Err("expired_trigger_id")
        found.used = True
        return found
