"""How long what is kept: the part of app.yaml that the nightly clearing goes by."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.organisation import Part

Kept = Annotated[timedelta, Field(ge=timedelta(days=1))]


class Privacy(Part):
    """How long each kind of personal data is kept; what is not named here is kept as long as the person works here."""

    leavers: Kept = timedelta(days=365)
    edits: Kept = timedelta(days=365)
    marks: Kept = timedelta(days=3 * 365)
    messages: Kept = timedelta(days=90)
    absences: Kept = timedelta(days=90)
    files: Kept = timedelta(days=1)
