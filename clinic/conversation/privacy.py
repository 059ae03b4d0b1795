"""A person's rights, from a terminal.

python -m clinic.conversation.privacy export +447700900123     all that is known, as JSON
python -m clinic.conversation.privacy erase jane@example.com   everywhere, with a receipt
python -m clinic.conversation.privacy erase widget-1a2b…       one conversation, as telegram:1234, and those
                                                               that its client has joined to it
python -m clinic.conversation.privacy retain                   what the assistant does every few hours
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from sqlalchemy.engine import Engine

from clinic.conversation import erasure
from clinic.conversation.export import export
from clinic.conversation.retention import enforce
from clinic.database import database
from clinic.settings import clinic, environment, now
from clinic.settings.environment.channels import CHANNELS

CONVERSATIONS = ("widget-", *(f"{channel}:" for channel in CHANNELS))  # how their names begin


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m clinic.conversation.privacy",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("what", choices=("export", "erase", "retain"))
    parser.add_argument("whose", nargs="?", help="phone number, e-mail address or conversation")
    given = parser.parse_args(arguments)
    engine = database()
    if given.what == "retain":
        print(f"{enforce(engine, now(), environment().retention_days)} conversations were masked.")
        return 0
    if not given.whose:
        parser.error("say whose: a phone number, an e-mail address or a conversation")
    names, contact = whose(engine, given.whose)
    if given.what == "export":
        print(json.dumps(export(engine, names, contact), indent=2, ensure_ascii=False))
    else:
        print(json.dumps(asdict(erasure.erase(engine, names, now(), contact)), indent=2, default=str))
    return 0


def whose(engine: Engine, written: str) -> tuple[set[str], str | None]:
    """Return the conversations, and the contact if it is one, that a phone number or a name stands for."""
    contact = erasure.contact_in(written, clinic().country)
    if contact is None or written.startswith(CONVERSATIONS):
        return {written}, None
    return erasure.conversations_of(engine, contact), contact


if __name__ == "__main__":
    sys.exit(main())
