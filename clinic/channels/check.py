"""make channel-check NAME=telegram: whether a channel works from end to end, or what is wrong with it.

It asks the platform whether the token is right and what it knows of the webhook, sets the webhook where
that can be done from here, and calls the webhook's public address as the platform would: signed, which
must be taken, and unsigned, which must be refused.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

from clinic.channels.checks import messenger, telegram, twilio, whatsapp
from clinic.channels.checks.report import Report
from clinic.channels.messaging import calls
from clinic.settings import environment
from clinic.settings.environment.channels import CHANNELS, NEEDED, Access

Check = Callable[[aiohttp.ClientSession, Access, str, Report], Coroutine[Any, Any, None]]
CHECKS: dict[str, Check] = {
    "telegram": telegram.check,
    "messenger": messenger.check,
    "whatsapp": whatsapp.check,
    "twilio": twilio.check,
}


def main(arguments: list[str] | None = None) -> int:
    """Check a channel and return 0 where all of it works."""
    parser = argparse.ArgumentParser(prog="make channel-check NAME=…", description=__doc__)
    parser.add_argument("name", choices=CHANNELS)
    name = parser.parse_args(arguments).name
    try:
        settings = environment()
    except ValueError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    access = settings.channels.get(name)
    if access is None:
        print(f"✗ {name} is off: set {' and '.join(NEEDED[name])} in .env (docs/channels/{name}.md)")
        return 1
    report = asyncio.run(checked(name, access, f"{settings.public_url}/webhooks/{name}/webhook"))
    return 0 if report.is_good else 1


async def checked(name: str, access: Access, webhook: str) -> Report:
    """Check a channel, printing each step, and return what came of it."""
    report = Report()
    async with calls.session() as session:
        await CHECKS[name](session, access, webhook, report)
    print("\nAll of it works." if report.is_good else "\nNot yet: see the lines with ✗.")
    return report


if __name__ == "__main__":
    sys.exit(main())
