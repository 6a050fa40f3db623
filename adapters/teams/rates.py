"""What Teams takes: 50 requests a second in a tenant, and in a conversation four windows at once.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

from adapters.gate import Limits

# In any one conversation, whoever it is with: at most so many messages in so many seconds.
CONVERSATION = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
# By how many seconds one message may be longer on its way than another. Each hundredth of the first costs one percent
# of what a tenant takes.
MARGIN, CONVERSATION_MARGIN = 0.012, 0.05
# One percent of a long broadcast's line is left to what failed and is tried again, and to somebody new.
EASE = 1.01


def of_tenant(*, per_second: int) -> Limits:
    """The limits of one tenant, and of each conversation in it."""
    windows = tuple((most, seconds + CONVERSATION_MARGIN) for most, seconds in CONVERSATION)
    return Limits(per_second, 1.0, MARGIN, channel=windows, ease=EASE)
