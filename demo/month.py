"""The month: when visitors come, and whose turn it is at each moment."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from clinic.database import migrate
from clinic.settings import clinic
from demo import staff
from demo.assistant import TalkingAssistant
from demo.clock import Clock
from demo.people import Person, somebody
from demo.visits import PLANS, Replies, Talk

DAYS = 30
# How likely each hour of a day and each day of a week (from Monday on) is.
HOURS = (1, 1, 0, 0, 0, 1, 2, 5, 9, 11, 12, 11, 12, 10, 8, 8, 9, 10, 12, 13, 12, 9, 5, 2)
WEEKDAYS = (14, 12, 11, 11, 10, 8, 10)
CALLS_A_VISITOR = 0.06
SECONDS_TO_TYPE = (6, 75)


@dataclass(order=True)
class Turn:
    """Somebody's next words, at a moment; ``number`` decides between two at the same."""

    at: datetime
    number: int
    who: Person = field(compare=False)
    talk: Talk = field(compare=False)
    words: str = field(compare=False)


class Month:
    """The thirty days before now.

    Args:
        visitors: How many come.
        seed: The same seed makes the same visitors; what they are answered is the assistant's.

    """

    def __init__(self, visitors: int, seed: int = 1) -> None:
        self._visitors, self._chance = visitors, random.Random(seed)
        self._end = datetime.now(UTC).replace(microsecond=0)
        self._clock, self._numbers = Clock(), itertools.count()
        self._waiting: list[Turn] = []
        self._left = 0
        self._said = 0

    def run(self, model: Path) -> int:
        """Let everybody come and go, and return how many messages were answered."""
        migrate()
        self._clock.install()
        asyncio.run(self._run(model))
        self._clock.set(self._end)
        staff.note_who_came(self._end, self._chance)
        staff.block_time(self._end)
        return self._said

    async def _run(self, model: Path) -> None:
        assistant = TalkingAssistant()
        await assistant.start(model)
        for number, at in enumerate(sorted(self._moments(self._visitors))):
            who = somebody(number, self._chance)
            plan = self._chance.choices(list(PLANS), list(PLANS.values()))[0]
            self._wait(who, plan(who, self._chance), at, None)
        calls = sorted(self._moments(round(self._visitors * CALLS_A_VISITOR)))
        while self._waiting:
            turn = heapq.heappop(self._waiting)
            while calls and calls[0] < turn.at:
                self._take_a_call(calls.pop(0), len(calls))
            await self._take(assistant, turn)
        await assistant.stop()

    async def _take(self, assistant: TalkingAssistant, turn: Turn) -> None:
        """Let the assistant answer, and the visitor think of what to say next."""
        self._clock.set(turn.at)
        replies = await assistant.answer(turn.who.channel, turn.who.conversation, turn.words)
        self._said += 1
        pause = timedelta(seconds=self._chance.randint(*SECONDS_TO_TYPE))
        if not self._wait(turn.who, turn.talk, turn.at + pause, replies):
            if turn.who.channel == "widget":  # the others have no thumbs
                staff.give_thumbs(turn.who.conversation, turn.at + pause, self._chance)
            self._left += 1
            print(
                f"\r  {self._left} of {self._visitors} have left, it is {turn.at:%d %B} ", end="", flush=True
            )

    def _take_a_call(self, at: datetime, number: int) -> None:
        self._clock.set(at)
        staff.take_a_call(number, at, self._chance)

    def _wait(self, who: Person, talk: Talk, at: datetime, replies: Replies | None) -> bool:
        """Queue a visitor's next words; return False when they have none, or the month is over."""
        try:
            words = talk.send(replies) if replies is not None else next(talk)
        except StopIteration:
            return False
        if at >= self._end:
            return False
        heapq.heappush(self._waiting, Turn(at, next(self._numbers), who, talk, words))
        return True

    def _moments(self, many: int) -> Iterator[datetime]:
        """Yield moments of the month, more of them at busy hours, none after its end."""
        zone = clinic().zone
        today = self._end.astimezone(zone).date()
        days = [today - timedelta(days=n) for n in range(DAYS)]
        weights = [WEEKDAYS[day.weekday()] for day in days]
        while many:
            at = self._moment(self._chance.choices(days, weights)[0])
            if at < self._end - timedelta(minutes=30):
                many -= 1
                yield at

    def _moment(self, day: date) -> datetime:
        hour = self._chance.choices(range(24), HOURS)[0]
        clock = time(hour, self._chance.randrange(60), self._chance.randrange(60))
        return datetime.combine(day, clock, clinic().zone).astimezone(UTC)
