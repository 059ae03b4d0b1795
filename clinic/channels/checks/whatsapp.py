"""WhatsApp: the phone number, the webhook, and whether there is a template for reminders."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp

from clinic.channels.checks.meta import authorised, check_webhook
from clinic.channels.checks.report import Report, ask
from clinic.channels.messaging.platform_json import text_at
from clinic.settings import clinic
from clinic.settings.environment.channels import Access


async def check(session: aiohttp.ClientSession, access: Access, webhook: str, report: Report) -> None:
    """Check the token, the number and the webhook."""
    address = f"{access.api}/{access.account}"
    status, number = await ask(session, address, report, method="GET", headers=authorised(access))
    shown = text_at(number, "display_phone_number")
    good = report.note(
        good=status == HTTPStatus.OK and bool(shown),
        said=f"The token opens the number {shown} ({text_at(number, 'verified_name')})",
        otherwise="The token does not open WHATSAPP_NUMBER_ID (the number's id, not the number): "
        f"{text_at(number, 'error', 'message') or status}",
    )
    if not good:
        return
    await check_webhook(
        session, access, webhook, b'{"object": "whatsapp_business_account", "entry": []}', report
    )
    chosen = clinic().channels.whatsapp
    print(
        f"  After 24 hours of silence the template {chosen.template!r} is used."
        if chosen
        else "  No template is set: what comes after 24 hours of silence is left to the staff."
    )
