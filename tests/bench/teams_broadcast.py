"""A message to everybody in Teams: how long it takes at fifty requests a second, and what somebody new waits meanwhile.

The outbox, the delivery loop and the pace are the real ones; the clock and the tenant at the far end are not.
"""

import asyncio
from pathlib import Path

from tests.adapters import tenant
from tests.adapters.tenant import Broadcast
from tests.bench.measured import Figure

GOAL = 1.03


async def figures(folder: Path, staff: int) -> list[Figure]:
    """The broadcast's time beside the least that the limit allows, and the longest wait of somebody new."""
    found = await broadcast(folder, staff)
    floor = (
        f"{found.floor:,.0f} s at {tenant.PER_SECOND} requests/s; {found.requests:,} requests, {found.refused} × 429"
    )
    return [
        Figure(
            f"Teams, a message to {staff:,} (simulated)",
            f"{found.seconds:,.0f} s (+{found.seconds / found.floor - 1:.1%})",
            f"≤ {found.floor * GOAL:,.0f} s",
            floor,
        ),
        Figure("  somebody new meanwhile, the longest", f"{max(found.newcomers):.1f} s", "≤ 5 s"),
    ]


async def broadcast(folder: Path, staff: int) -> Broadcast:
    """Everybody who can be reached is, once, nothing is given up and nothing refused: or this fails."""
    found = await asyncio.to_thread(tenant.broadcast, folder, staff)
    assert found.reached == found.people - found.blocked, "somebody was left out"
    assert found.twice == found.refused == 0, "somebody got it twice, or Teams was written to too fast"
    assert found.states.keys() == {"sent", "waiting"}, "something was given up"
    assert found.states["waiting"] == found.blocked, "something waits that could go"
    return found
