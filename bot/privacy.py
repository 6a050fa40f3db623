"""How long what is kept: the part of app.yaml that the nightly clearing goes by."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.organisation import Part

Kept = Annotated[timedelta, Field(ge=timedelta(days=1))]
YEAR = timedelta(days=365)


class Privacy(Part):
    """How long each kind of personal data is kept; what is not named here is kept as long as the person works here."""

    leavers: Kept = Field(default=YEAR, description="names, numbers and e-mail of people, after they left")
    accounts: Kept = Field(default=YEAR, description="accounts and private chats that belong to nobody")
    edits: Kept = Field(default=YEAR, description="earlier words of notes; words deleted or taken back")
    marks: Kept = Field(default=3 * YEAR, description="who read and tried which principle, read which announcement")
    messages: Kept = Field(default=timedelta(days=90), description="messages that were sent, and the playground's")
    absences: Kept = Field(default=timedelta(days=90), description="absences, after they ended")
    deputies: Kept = Field(default=YEAR, description="who stood in for whom, after it ended")
    inductions: Kept = Field(default=YEAR, description="first days, after they began")
    codes: Kept = Field(default=timedelta(days=1), description="codes that link accounts, and wrong ones typed")
    files: Kept = Field(default=timedelta(days=1), description="files made for one person")
    notes: Kept | None = Field(default=None, description="the words of notes; never cleared if left out")
    kudos: Kept | None = Field(default=None, description="the words of thanks; never cleared if left out")
