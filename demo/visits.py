"""How conversations go: each is a generator that says something, hears the replies, and decides what next."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator
from typing import Any

from demo import questions as q
from demo.people import Person

Replies = list[dict[str, Any]]
Talk = Generator[str, Replies, None]
SLOT = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3}, \d\d:\d\d")
MOST_TURNS = 12
MOODS = {"steady": 70, "leaves": 18, "asks": 12}  # leaves midway; asks something in between


def curious(who: Person, chance: random.Random) -> Talk:
    """Ask about the treatment, and perhaps on from there."""
    if chance.random() < 0.4:
        yield chance.choice(q.HELLO)
    for question in chance.sample(q.ABOUT_TREATMENT, chance.choice((1, 1, 2, 3))):
        yield who.types(question, chance)
        if chance.random() < 0.2:
            yield who.types(chance.choice(q.AFTER), chance)
    if chance.random() < 0.4:
        yield chance.choice(q.THANKS)


def practical(who: Person, chance: random.Random) -> Talk:
    """Ask what it costs and when it is open."""
    for question in chance.sample(q.ABOUT_CLINIC, chance.choice((1, 2, 3))):
        yield who.types(question, chance)
    if chance.random() < 0.3:
        yield who.types(chance.choice(q.TWICE), chance)


def astray(who: Person, chance: random.Random) -> Talk:
    """Ask for what no clinic knows."""
    yield who.types(chance.choice(q.UNKNOWN), chance)
    if chance.random() < 0.5:
        yield who.types(chance.choice(q.ABOUT_TREATMENT), chance)


def worried(who: Person, chance: random.Random) -> Talk:
    """Ask about health, seldom in an emergency."""
    urgent = chance.random() < 0.15
    yield who.types(chance.choice(q.URGENT if urgent else q.HEALTH), chance)
    if not urgent:
        yield who.types(chance.choice(q.ABOUT_TREATMENT), chance)


def brief(_who: Person, chance: random.Random) -> Talk:
    """Say hello, or ask whether anybody is there, and go."""
    yield chance.choice((*q.HELLO, *q.BOT))


def handed_over(who: Person, chance: random.Random) -> Talk:
    """Ask for a person, some of them angrily, and leave a message."""
    unhappy = chance.random() < 0.35
    replies = yield who.types(
        chance.choice(q.UNHAPPY) if unhappy else "can i speak to someone from the clinic", chance
    )
    for _ in range(MOST_TURNS):
        heard = words(replies)
        if "message is stored" in heard:
            return
        if "What name" in heard:
            replies = yield who.name
        elif "reach you on" in heard:
            replies = yield who.contact
        elif "pass on" in heard:
            replies = yield who.types(chance.choice(q.MESSAGES), chance)
        elif unhappy:
            unhappy = False
            replies = yield "talk to a person"
        else:
            return


def booking(who: Person, chance: random.Random) -> Talk:
    """Book; some leave midway, some ask something in between."""
    wish = chance.choice(q.BOOK).format(service=chance.choice(q.SERVICES), when=chance.choice(q.WHEN))
    if chance.random() < 0.3:
        yield who.types(chance.choice(q.ABOUT_TREATMENT), chance)
    yield from _until_booked(who, chance, wish)


def changing(who: Person, chance: random.Random) -> Talk:
    """Book, and later move the appointment or cancel it."""
    yield from booking(who, chance)
    if chance.random() < 0.5:
        replies = yield "i need to cancel my appointment"
        for _ in range(3):
            if "is cancelled" in words(replies) or not replies:
                return
            replies = yield "yes"
    else:
        yield from _until_booked(
            who, chance, f"can i move my appointment to {chance.choice(('next week', 'friday'))}"
        )


def _until_booked(who: Person, chance: random.Random, wish: str) -> Talk:
    """Answer what is asked until the appointment is made, or the visitor has had enough."""
    mood = chance.choices(list(MOODS), list(MOODS.values()))[0]
    patience = chance.randint(1, 3) if mood == "leaves" else MOST_TURNS
    replies = yield wish
    for turn in range(patience):
        said = _answer(who, chance, replies)
        if said is None:
            return
        if mood == "asks" and turn == 1:
            yield who.types(chance.choice(q.ABOUT_CLINIC), chance)
        replies = yield said


def _answer(who: Person, chance: random.Random, replies: Replies) -> str | None:
    """Return what the visitor says to what was asked; None when there is no more to say."""
    heard, times = words(replies), slots(replies)
    for asked, said in {
        "You're booked": None,
        "has been moved": None,
        "hall I book it": "yes please",
        "hall I move it": "yes please",
        "put the appointment under": who.name,
        "we reach you on": who.contact,
        "reference of your appointment": None,
        "should know": chance.choice(
            ("no", "no, first time", "i take blood thinners", "had fillers in spring")
        ),
        "like to book": chance.choice(("facial acupuncture", "consultation")),
    }.items():
        if asked in heard:
            return said
    return chance.choice(times) if times else None


def words(replies: Replies) -> str:
    """Return all that was said in a turn."""
    return " ".join(reply.get("text") or "" for reply in replies or [])


def slots(replies: Replies) -> list[str]:
    """Return the times that are offered as buttons."""
    titles = [button["title"] for reply in replies or [] for button in reply.get("buttons") or []]
    return [title for title in titles if SLOT.search(title)]


# How many of a hundred visitors come for what.
PLANS: dict[Callable[[Person, random.Random], Talk], int] = {
    curious: 32,
    practical: 14,
    astray: 9,
    worried: 6,
    brief: 4,
    handed_over: 8,
    booking: 22,
    changing: 5,
}
