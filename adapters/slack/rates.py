"""What Slack takes: some hundreds of messages a minute in a workspace, about one a second in a channel.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from adapters.gate import Limits

WINDOW = 60.0
# Half a second in a minute, and two hundredths of the time between two messages to one channel.
MARGIN, CHANNEL_MARGIN = 0.5, 0.02


def of_workspace(*, per_minute: int, per_channel: float) -> Limits:
    """The limits of one workspace and, in messages a second, of each channel."""
    return Limits(per_minute, WINDOW, MARGIN, channel=((1, (1 + CHANNEL_MARGIN) / per_channel),))
