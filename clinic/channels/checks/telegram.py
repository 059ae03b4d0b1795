"""Telegram: the bot, its webhook (which is set from here), and the secret that updates show."""

from __future__ import annotations

import aiohttp

from clinic.channels.checks.report import Report, ask, is_reachable_by_others, takes_signed_only
from clinic.channels.messaging.platform_json import dig, text_at
from clinic.channels.telegram import HEADER, UPDATES
from clinic.secret import TELEGRAM, secret
from clinic.settings.environment.channels import Access


async def check(session: aiohttp.ClientSession, access: Access, webhook: str, report: Report) -> None:
    """Check the token, the webhook's address and signature, and set the webhook."""
    base = f"{access.api}/bot{access.token}"
    _, me = await ask(session, f"{base}/getMe", report)
    bot = text_at(me, "result", "username")
    if not report.note(
        good=bool(bot), said=f"The token is that of @{bot}", otherwise="The token opens no bot"
    ):
        return
    is_reachable_by_others(webhook, report)
    key = secret(TELEGRAM)
    headers = {"Content-Type": "application/json", HEADER: key}
    await takes_signed_only(session, webhook, b'{"update_id": 0}', headers, report)
    wanted = {"url": webhook, "secret_token": key, "allowed_updates": UPDATES}
    status, answer = await ask(session, f"{base}/setWebhook", report, json=wanted)
    report.note(
        good=dig(answer, "ok") is True,
        said="The webhook is set",
        otherwise=f"Telegram does not set the webhook ({status}): {text_at(answer, 'description')}",
    )
    _, known = await ask(session, f"{base}/getWebhookInfo", report)
    trouble = text_at(known, "result", "last_error_message")
    report.note(
        good=text_at(known, "result", "url") == webhook and not trouble,
        said=f"Telegram calls it; {text_at(known, 'result', 'pending_update_count') or 0} updates wait",
        otherwise=f"Telegram's last call of the webhook failed: {trouble or 'it knows another address'}",
    )
