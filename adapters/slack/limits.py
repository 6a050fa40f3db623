"""What Slack takes, in one table. Sources: docs.slack.dev/reference/block-kit and, where said, what was seen."""

from typing import Final, NamedTuple


class Limits(NamedTuple):
    """Numbers of characters unless the name says otherwise."""

    message_blocks: int = 50
    view_blocks: int = 100
    # All blocks of a message together; undocumented, refused as msg_blocks_too_long (slackapi/bolt-js #2509).
    message_text_in_blocks: int = 12_000
    view_text_in_blocks: int = 40_000
    # A view as JSON; more than 250 kB is refused as view_too_large.
    view_bytes: int = 200_000
    # The top-level text; longer ones are cut by Slack, and slow for a screen reader.
    message_text: int = 3_900
    header: int = 150
    context: int = 2_000
    section: int = 3_000
    rich_text: int = 9_000
    button_text: int = 75
    button_value: int = 2_000
    buttons: int = 25
    confirm_title: int = 100
    confirm_text: int = 300
    confirm_button: int = 30
    option_text: int = 75
    option_value: int = 150
    boxes: int = 10
    menu_options: int = 100
    menu_groups: int = 100
    placeholder: int = 150
    label: int = 2_000
    hint: int = 2_000
    field_value: int = 3_000
    view_title: int = 24
    metadata: int = 3_000
    block_id: int = 255
    action_id: int = 255
    url: int = 3_000
    alt_text: int = 2_000
    tables: int = 1
    table_rows: int = 100
    table_columns: int = 20
    table_text: int = 9_000
    # More than two are refused, which is documented nowhere.
    charts: int = 2
    chart_title: int = 50
    chart_label: int = 20
    chart_values: int = 20
    stack: int = 3


LIMITS: Final = Limits()
