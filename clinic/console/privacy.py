"""A person's rights and the clinic's promise: erasure, what is known of somebody, retention."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sanic import response
from sanic.response import HTTPResponse

from clinic.console.audit import record
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.conversation import erasure, joined
from clinic.conversation.export import export
from clinic.conversation.tables import conversations, erasures, retention_runs
from clinic.database import appointments, database, requests
from clinic.settings import clinic, environment, now

SHOWN = 20


@view("/privacy", role="manager", menu="Privacy")
def show(asked: Asked) -> HTTPResponse:
    """Show how long conversations are kept, when that was last looked after, and the receipts of erasures."""
    runs = sa.select(retention_runs).order_by(retention_runs.c.at.desc()).limit(SHOWN)
    receipts = sa.select(erasures).order_by(erasures.c.erased_at.desc()).limit(SHOWN)
    return page(
        asked,
        "privacy/privacy.html",
        days=environment().retention_days,
        runs=asked.connection.execute(runs).all(),
        receipts=asked.connection.execute(receipts).all(),
    )


@view("/privacy/find", role="manager", methods=("POST",))
def find(asked: Asked) -> HTTPResponse:
    """Show how much is known of somebody, before it is erased or downloaded."""
    whose = asked.field("whose")
    names, contact = _whose(asked)
    tables = ((conversations, conversations.c.id, "conversations"),)
    counts = {words: _count(asked, column.in_(names), table) for table, column, words in tables}
    counts |= {
        words: _count(asked, _theirs(table, names, contact), table)
        for table, words in ((appointments, "bookings"), (requests, "messages to the clinic"))
    }
    record(asked.connection, asked.me, "looked for a person", "")  # whom is not kept
    return page(asked, "privacy/found.html", whose=whose, counts=counts, nothing=not any(counts.values()))


@view("/privacy/erase", role="manager", methods=("POST",))
def erase(asked: Asked) -> HTTPResponse:
    """Erase a person, or one conversation, everywhere and for good; show the receipt."""
    if asked.field("sure") != "yes":
        raise Refused(400, "Tick that you are sure. Nothing has been erased.")
    names, contact = _whose(asked)
    receipt = erasure.erase(database(), names, now(), contact)
    record(asked.connection, asked.me, "erased a person", f"receipt {receipt.reference}")
    return page(asked, "privacy/receipt.html", receipt=receipt)


@view("/privacy/download", role="manager", methods=("POST",))
def download(asked: Asked) -> HTTPResponse:
    """Return all that is known of a person, for the person."""
    names, contact = _whose(asked)
    known = export(database(), names, contact)
    for name in sorted(names):
        record(asked.connection, asked.me, "downloaded a person's data", f"conversation {name}")
    headers = {"Content-Disposition": 'attachment; filename="known.json"'}
    return response.json(known, headers=headers, ensure_ascii=False, indent=2)


def _whose(asked: Asked) -> tuple[set[str], str | None]:
    """Return the conversations, and the contact where one was written. Raises Refused (400)."""
    whose = asked.field("whose")
    if not whose:
        raise Refused(400, "Write a phone number, an e-mail address or the name of a conversation.")
    row = sa.select(conversations.c.id).where(conversations.c.id == whose)
    if asked.connection.execute(row).first():
        return joined.with_joined(asked.connection, {whose}), None
    contact = erasure.contact_in(whose, clinic().country)
    return (erasure.conversations_of(database(), contact), contact) if contact else ({whose}, None)


def _theirs(table: sa.Table, names: set[str], contact: str | None) -> Any:
    theirs = table.c.conversation.in_(names)
    return theirs | (table.c.client_contact == contact) if contact else theirs


def _count(asked: Asked, which: Any, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(which)
    return int(asked.connection.execute(query).scalar_one())
