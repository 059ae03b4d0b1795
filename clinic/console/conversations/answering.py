"""A person of the clinic answers instead of the assistant."""

from __future__ import annotations

import asyncio

from sanic import response
from sanic.response import HTTPResponse

from clinic.console.audit import record
from clinic.console.conversations.transcript import existing, state
from clinic.console.conversations.wording import name_in, path
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.conversation import presence, takeover
from clinic.conversation.takeover import NotYours, TakenBy
from clinic.conversation.writing import NoSuchConversation
from clinic.database import database

LONGEST_ANSWER = 2000
GONE = "You do not have this chat any more: it went back to the assistant, or a colleague has it."


@view("/conversations/<part>/take-over", role="reviewer", methods=("POST",))
def take_over(asked: Asked, part: str) -> HTTPResponse:
    """Silence the assistant; of two who try, one is told who was faster."""
    name = name_in(part)
    try:
        takeover.take_over(asked.connection, name, asked.me.id, asked.me.name, asked.at)
    except NoSuchConversation:
        raise Refused(404) from None
    except TakenBy as taken:
        raise Refused(409, f"{taken.name} has taken this chat over already.") from None
    record(asked.connection, asked.me, "took over", f"conversation {name}")
    return _state(asked, name)


@view("/conversations/<part>/hand-back", role="reviewer", methods=("POST",))
def hand_back(asked: Asked, part: str) -> HTTPResponse:
    """Let the assistant go on."""
    name = name_in(part)
    try:
        takeover.hand_back(asked.connection, name, asked.me.id, asked.at)
    except NoSuchConversation:
        raise Refused(404) from None
    except NotYours:
        raise Refused(409, GONE) from None
    record(asked.connection, asked.me, "handed back", f"conversation {name}")
    return _state(asked, name)


@view("/conversations/<part>/say", role="reviewer", methods=("POST",))
def say(asked: Asked, part: str) -> HTTPResponse:
    """Say something to the visitor; the page shows it when the live view does."""
    name, text = name_in(part), asked.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST_ANSWER:
        raise Refused(400, f"An answer has 1 to {LONGEST_ANSWER} characters.")
    try:
        takeover.say(asked.connection, name, asked.me.id, text, asked.at)
    except NoSuchConversation:
        raise Refused(404) from None
    except NotYours:
        raise Refused(409, GONE) from None
    record(asked.connection, asked.me, "answered the visitor", f"conversation {name}")
    return response.empty() if "HX-Request" in asked.request.headers else see_other(path(name))


@view("/conversations/<part>/typing", role="reviewer", methods=("POST",))
async def typing(asked: Asked, part: str) -> HTTPResponse:
    """Show the visitor for some seconds that somebody is writing."""
    await asyncio.to_thread(_typing, asked, name_in(part))
    return response.empty()


def _typing(asked: Asked, name: str) -> None:
    try:
        with database().begin() as connection:
            shown = takeover.be_active(connection, name, asked.me.id, asked.at)
    except NotYours:
        raise Refused(409, GONE) from None
    presence.typing(database(), name, shown)


def _state(asked: Asked, name: str) -> HTTPResponse:
    if "HX-Request" not in asked.request.headers:
        return see_other(path(name))
    return page(asked, "conversations/part_state.html", one=existing(asked, name), **state(asked, name))
