"""Twilio: the account, which numbers call the webhook, and the signature over the public address."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from clinic.channels.checks.report import Report, ask, is_reachable_by_others, takes_signed_only
from clinic.channels.messaging import calls
from clinic.channels.messaging.platform_json import objects_at, text_at
from clinic.channels.twilio import HEADER, signature
from clinic.settings.environment.channels import Access


async def check(session: aiohttp.ClientSession, access: Access, webhook: str, report: Report) -> None:
    """Check the log-in, the webhook's signature and the numbers."""
    base = f"{access.api}/2010-04-01/Accounts/{access.account}"
    headers = {"Authorization": calls.basic(access.account, access.token)}
    status, account = await ask(session, f"{base}.json", report, method="GET", headers=headers)
    good = report.note(
        good=status == HTTPStatus.OK and text_at(account, "status") == "active",
        said=f"The account is {text_at(account, 'friendly_name')!r}",
        otherwise=f"TWILIO_ACCOUNT and TWILIO_TOKEN open no active account ({status})",
    )
    if not good:
        return
    is_reachable_by_others(webhook, report)
    fields = {"AccountSid": access.account}
    signed = {HEADER: signature(access.key, webhook, list(fields.items()))}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    await takes_signed_only(session, webhook, urlencode(fields).encode(), kind | signed, report)
    _, found = await ask(session, f"{base}/IncomingPhoneNumbers.json", report, method="GET", headers=headers)
    numbers = objects_at(found, "incoming_phone_numbers")
    ours = [text_at(one, "phone_number") for one in numbers if text_at(one, "sms_url") == webhook]
    report.note(
        good=bool(ours),
        said=f"Messages to {', '.join(ours)} come here",
        otherwise="No number calls the webhook: set it under the number's messaging settings, with POST "
        "(for WhatsApp alone, or a messaging service, this line does not matter)",
    )
