"""What Messenger and WhatsApp share: the handshake and the signed call."""

from __future__ import annotations

import secrets

import aiohttp

from clinic.channels.checks.report import Report, is_reachable_by_others, takes_signed_only
from clinic.channels.messaging.meta import HEADER, signature
from clinic.secret import META, secret
from clinic.settings.environment.channels import Access


async def check_webhook(
    session: aiohttp.ClientSession, access: Access, webhook: str, empty: bytes, report: Report
) -> None:
    """Do what Meta does when a webhook is set up, and when a message comes."""
    print(f"  In the app's settings, Webhooks: callback URL {webhook}")
    print(f"  verify token {secret(META)}")
    is_reachable_by_others(webhook, report)
    shown = await _handshake(session, webhook, secret(META))
    report.note(
        good=shown,
        said="The webhook answers Meta's handshake",
        otherwise="The webhook does not answer the handshake: does the assistant run with these settings?",
    )
    headers = {"Content-Type": "application/json", HEADER: signature(access.key, empty)}
    await takes_signed_only(session, webhook, empty, headers, report)


def authorised(access: Access) -> dict[str, str]:
    """Return the headers that open the Graph API."""
    return {"Authorization": f"Bearer {access.token}"}


async def _handshake(session: aiohttp.ClientSession, webhook: str, token: str) -> bool:
    challenge = secrets.token_hex(8)
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    try:
        async with session.get(webhook, params=query, allow_redirects=False) as answer:
            return await answer.text() == challenge
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
