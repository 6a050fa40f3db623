"""What Teams takes, in one table. Sources: learn.microsoft.com/microsoftteams and, where said, what was seen."""

from typing import Final, NamedTuple


class Limits(NamedTuple):
    """Numbers of UTF-16 units, as Teams counts, unless the name says otherwise."""

    # A message may be about 100 kB as UTF-16, with everything Teams adds to it; more is refused as MessageSizeTooBig.
    activity_bytes: int = 80_000
    # The card in it: what is left beside the longest summary, each character of which JSON may write as six.
    card_bytes: int = 72_000
    summary: int = 500
    # What stands for the whole card where it cannot be drawn; it doubles the card's weight.
    fallback_text: int = 4_000
    # A message of text alone may be 28 kB (limits-specifications-teams).
    message_text: int = 8_000
    dialog_title: int = 60
    # Teams shows six actions in a row and folds the others away (cards-reference).
    actions: int = 5
    # Longer lists fold into a menu, and longer menus are searched by typing.
    listed: int = 12
    menu: int = 15
    table_rows: int = 100
    table_columns: int = 12
    chart_values: int = 20
    chart_label: int = 60
    # What every browser and proxy takes.
    url: int = 2_048


LIMITS: Final = Limits()
