"""Questions that got no answer, those that are alike together, and the answer that is written for them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.review.messages import LARGEST_NUMBER
from clinic.console.views import Asked, view
from clinic.database import database
from clinic.learning import decisions, groups, queue
from clinic.learning.edits import example_text
from clinic.learning.guard import ENOUGH, faults_of_answer
from clinic.learning.knowledge import ANSWERED, Knowledge, knowledge
from clinic.learning.tables import new_topics, reviews
from clinic.nlu.normal import normal

GROUPS_AT_ONCE = 50
SHOWN = 5  # examples of a group
FEWEST, MOST = 5, 100  # examples that a new topic needs, and takes
LONGEST_TITLE, LONGEST_NAME, LONGEST_LINE, LONGEST_ANSWER = 120, 40, 300, 1000  # characters


@dataclass(frozen=True)
class Group:
    """Questions that are alike: the number of the newest, and their rows, newest first."""

    number: int
    rows: list[Row]


@view("/review/groups", role="reviewer")
async def show(asked: Asked) -> HTTPResponse:
    """Show the groups, the largest first; they are worked out anew when there are new questions."""
    questions = await asyncio.to_thread(_ungrouped, asked)
    if questions:
        ids, texts = zip(*questions, strict=True)
        found = await groups.groups_of(list(texts))
        await asyncio.to_thread(_store, list(ids), found)
    return await asyncio.to_thread(_show, asked)


def _ungrouped(asked: Asked) -> list[tuple[int, str]]:
    """Return all open questions when one of them has no group yet."""
    with database().begin() as connection:
        queue.catch_up(connection, asked.at)
        return groups.unanswered(connection) if groups.are_stale(connection) else []


def _store(ids: list[int], found: list[int]) -> None:
    with database().begin() as connection:
        groups.store(connection, ids, found)


def _show(asked: Asked) -> HTTPResponse:
    with database().begin() as connection:
        largest = _largest(connection)
        record(connection, asked.me, "viewed unanswered questions", "")
    return page(asked, "review/groups.html", groups=largest, shown=SHOWN)


def _largest(connection: Connection) -> list[Group]:
    count = sa.func.count().label("count")
    counted = sa.select(reviews.c.alike, count).where(groups.WITHOUT_ANSWER).group_by(reviews.c.alike)
    numbers = connection.execute(counted.order_by(count.desc(), reviews.c.alike.desc()).limit(GROUPS_AT_ONCE))
    by_group: dict[int, list[Row]] = {row.alike: [] for row in numbers.all()}
    these = groups.WITHOUT_ANSWER & reviews.c.alike.in_(by_group)
    for row in connection.execute(sa.select(reviews).where(these).order_by(reviews.c.id.desc())).all():
        by_group[row.alike].append(row)
    return [Group(number, rows) for number, rows in by_group.items()]


@view("/review/answer", role="reviewer")
def ask(asked: Asked) -> HTTPResponse:
    """Show the form for a new answer, with the questions of a group or of one message as examples."""
    rows = _questions(asked)
    examples = dict.fromkeys(example_text(decisions.without_person(asked.connection, row)) for row in rows)
    written = {"title": "", "name": "", "answer": "", "own": "", "examples": "\n".join(examples)}
    return _form(asked, written, [], [])


@view("/review/answer", role="reviewer", methods=("POST",))
def write(asked: Asked) -> HTTPResponse:
    """Store a new answer and decide the messages it is for; it becomes data with the next set of changes."""
    written = {name: asked.field(name) for name in ("title", "name", "answer", "own", "examples")}
    form = asked.request.form
    facts = [str(one) for one in form.getlist("facts") or []] if form else []
    known, lines = knowledge(), _lines(written["examples"])
    row = {
        "name": _name(written["name"] or written["title"]),
        "title": example_text(written["title"]),
        "answer": " ".join(written["answer"].split()),
        "facts": " ".join(facts),
        "examples": "\n".join(lines),
    }
    own = bool(written["own"])
    faults = faults_of_answer(row["answer"], facts, known.facts, own=own) + _faults(asked, row, lines, known)
    if faults:
        return _form(asked, written, facts, faults, status=400)
    values = row | {"written_by": asked.me.id, "written_at": asked.at}
    asked.connection.execute(new_topics.insert().values(values))
    _decide(asked, f"{ANSWERED}{row['name']}", set(lines) | {row["title"]})
    record(asked.connection, asked.me, "wrote an answer", f"topic {row['name']}")
    return see_other("/training/changes")


def _questions(asked: Asked) -> list[Row]:
    """Return the open messages that the form is for."""
    group, one = asked.field("group") or asked.argument("group"), asked.field("one") or asked.argument("one")
    number = group or one
    if not number:
        return []
    if not number.isdecimal() or int(number) > LARGEST_NUMBER:
        raise Refused(400)
    these = (reviews.c.alike == int(group)) & groups.WITHOUT_ANSWER if group else reviews.c.id == int(one)
    query = sa.select(reviews).where(these, reviews.c.state == decisions.OPEN).order_by(reviews.c.id.desc())
    return list(asked.connection.execute(query.limit(MOST)).all())


def _decide(asked: Asked, topic: str, examples: set[str]) -> None:
    """Decide the messages whose words became examples; one that was taken out of the form stays open."""
    written = {normal(text) for text in examples}
    for row in _questions(asked):
        if normal(example_text(decisions.without_person(asked.connection, row))) in written:
            decisions.decide(asked.connection, row, decisions.NEW, topic, asked.me.id, asked.at)


def _form(
    asked: Asked, written: dict[str, str], facts: list[str], faults: list[str], status: int = 200
) -> HTTPResponse:
    values: dict[str, Any] = {"written": written, "facts": facts, "faults": faults, "known": knowledge()}
    values["group"] = asked.field("group") or asked.argument("group")
    values["one"] = asked.field("one") or asked.argument("one")
    return page(asked, "review/answer.html", status, **values, fewest=FEWEST, enough=ENOUGH)


def _lines(text: str) -> list[str]:
    lines = [line for line in map(example_text, text.splitlines()) if line]
    return list({normal(line): line for line in reversed(lines)}.values())[::-1]


def _name(text: str) -> str:
    """Return a topic's name: letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold())[:LONGEST_NAME].strip("_")


def _faults(asked: Asked, row: dict[str, str], lines: list[str], known: Knowledge) -> list[str]:
    faults = []
    taken = asked.connection.execute(
        sa.select(new_topics.c.id).where(new_topics.c.name == row["name"])
    ).first()
    if not row["title"] or len(row["title"]) > LONGEST_TITLE or not row["name"]:
        faults.append(f"The title has 1 to {LONGEST_TITLE} characters; buttons show it.")
    elif taken or f"{ANSWERED}{row['name']}" in known.topics:
        faults.append(f"There is a topic named {row['name']} already. Choose another name.")
    if len(row["answer"]) > LONGEST_ANSWER or any(len(line) > LONGEST_LINE for line in lines):
        faults.append(f"An answer has {LONGEST_ANSWER} characters at most, a way of asking {LONGEST_LINE}.")
    if not FEWEST <= len(lines) <= MOST:
        faults.append(f"Give {FEWEST} to {MOST} ways of asking, one a line; there are {len(lines)}.")
    return faults
