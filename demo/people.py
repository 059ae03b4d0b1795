"""Who the visitors are: names, how to reach them, and how they type."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST = (
    "Amelia Beth Carla Dana Elif Fiona Grace Hana Imogen Jade Kira Lena Mina Nora Olga Priya Rosa Sofia Tess "
    "Uma Vera Wendy Yara Zoe Adam Ben Carl Diego Erik Finn Hugo Ivan Jonas Karim Liam Marco Noah Omar Tom"
).split()
LAST = (
    "Adler Brook Carter Diaz Ellis Foster Grant Hughes Iyer Jansen Khan Lopez Moore Novak Okoye Patel Quinn "
    "Reid Silva Turner Ueda Vance Walsh Young Zimmer Archer Bell Cole Dean Frost"
).split()
CHANNELS = {"widget": 60, "whatsapp": 16, "telegram": 10, "messenger": 9, "twilio": 5}
NEIGHBOURS = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "t": "r",
    "n": "m",
    "r": "t",
    "s": "a",
    "l": "k",
    "h": "g",
}


@dataclass(frozen=True)
class Person:
    """A visitor.

    Attributes:
        name: First and last.
        contact: A telephone number that is nobody's, or an address at example.com.
        channel: By which they write.
        conversation: The name of their conversation.
        typos: How likely a word of theirs is misspelt.
        shouts: Whether they type in capitals.
        lower: Whether they type without any.

    """

    name: str
    contact: str
    channel: str
    conversation: str
    typos: float
    shouts: bool
    lower: bool

    def types(self, text: str, chance: random.Random) -> str:
        """Return a text as they type it; names, numbers and times stay as they are."""
        words = [_misspelt(w, chance) if chance.random() < self.typos else w for w in text.split()]
        typed = " ".join(words)
        if self.shouts:
            return f"{typed.upper()}!!"
        return typed.lower() if self.lower else typed


def somebody(number: int, chance: random.Random) -> Person:
    """Return the visitor of that number."""
    first, last = chance.choice(FIRST), chance.choice(LAST)
    phone = f"07700 900{number % 1000:03}"
    address = f"{first}.{last}{number}@example.com".lower()
    channel = chance.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    return Person(
        name=f"{first} {last}",
        contact=chance.choice((phone, address)),
        channel=channel,
        conversation=f"{channel}-demo-{chance.getrandbits(64):016x}",
        typos=chance.choice((0, 0, 0, 0.05, 0.12)),
        shouts=chance.random() < 0.02,
        lower=chance.random() < 0.5,
    )


def _misspelt(word: str, chance: random.Random) -> str:
    """Return a word with one slip of the finger; short words and numbers are typed right."""
    if len(word) < 5 or not word.isalpha():
        return word
    at = chance.randrange(1, len(word) - 1)
    slip = chance.choice(("drop", "double", "swap", "near"))
    if slip == "drop":
        return word[:at] + word[at + 1 :]
    if slip == "double":
        return word[:at] + word[at] + word[at:]
    if slip == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :]
