"""What was made of the last texts: most visitors say hello, press the same buttons and say thanks."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Remembered(Generic[Made]):
    """Makes something of a text once, while the text is among the last that were said.

    Texts are known by their digests: nobody's words are kept.
    """

    def __init__(self, most: int) -> None:
        """Remember so many texts; 0 remembers none."""
        self._most = most
        self._known: OrderedDict[bytes, Made] = OrderedDict()

    def each(self, texts: list[str], make: Callable[[list[int]], Iterable[Made]]) -> list[Made]:
        """Return what is made of each text.

        Args:
            texts: Whatever was said.
            make: Makes something of the texts at these positions; called where any of them is new.

        """
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        new = {key: position for position, key in enumerate(keys) if key not in self._known}
        made = dict(zip(new, make(list(new.values())), strict=True)) if new else {}
        found = [made[key] if key in made else self._known[key] for key in keys]
        for key, one in zip(keys, found, strict=True):
            self._known[key] = one
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return found
