"""The embeddings of what was said before: most visitors say hello, press the same buttons and say thanks."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from clinic.nlu.minilm import SIZE, MiniLM


class Remembered:
    """A model that embeds a text once while it is among the last that were said.

    Texts are known by their digests: nobody's words are kept.
    """

    def __init__(self, model: MiniLM, most: int) -> None:
        self._model, self._most = model, most
        self._known: OrderedDict[bytes, np.ndarray] = OrderedDict()

    def embed(self, texts: list[str]) -> np.ndarray:
        """Return what MiniLM.embed returns, float32 [len(texts), 768]."""
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        made = dict(zip(new, self._model.embed(list(new.values())), strict=True)) if new else {}
        vectors = [made[key] if key in made else self._known[key] for key in keys]
        for key, vector in zip(keys, vectors, strict=True):
            self._known[key] = vector
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return np.stack(vectors) if vectors else np.zeros((0, SIZE), np.float32)
