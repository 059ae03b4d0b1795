"""What staff do to an appointment, as the console's page sends it."""

from __future__ import annotations

from clinic.booking.visits import visit


async def change(console, who, made, what: str, **fields):
    version = visit(console.engine, made.reference).sequence
    return await console.post(f"/bookings/{made.reference}/{what}", who, **{"version": version} | fields)
