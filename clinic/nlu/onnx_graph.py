"""The published sentence embedding model, put together again from fewer and faster steps.

The published file multiplies its 8-bit weights out when it is loaded: 23 MB become 90, all of which each
message reads. And it is made of many small steps, with others for padding, which nothing read here has. Put
together from ONNX Runtime's operators for just this network, whole numbers are multiplied by whole numbers,
and a layer is a dozen nodes: a fifth of the time, 60 MB and a second of the start less. What the weights
multiply is rounded to 8 bits as well, on a scale that is fixed for each place, so that a text becomes the
same numbers whatever texts are beside it. A sentence's vector differs by a cosine of 0.01; as learning and
reading differ alike, as many questions are understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clinic.nlu.onnx_builder import MICROSOFT, NUMBERS, Builder
from clinic.nlu.onnx_parts import Model

INPUT, STATES, MEANT = "input_ids", "hidden_states", "meant"
LAYERS, HEADS = 6, 12
INNER = (4, 2)  # layers, counted from 0, whose states are given behind the last one's
LONGEST = 128  # tokens of a text
Scales = dict[str, tuple[float, int]]  # by what is rounded: the size of one step, and where 0 lies


class Published:
    """The published model, by what its parts are for."""

    def __init__(self, content: bytes) -> None:
        graph = Model.FromString(content).graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._maker = {node.output[0]: node for node in graph.node}
        self._reader = {name: node for node in graph.node for name in node.input}

    def array(self, name: str, kind: type[np.generic] = np.float32) -> np.ndarray:
        """Return a stored tensor."""
        tensor = self._tensors[name]
        return np.frombuffer(tensor.raw_data, kind).reshape(tuple(tensor.dims))

    def narrow(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return 8-bit numbers and the scales by which they are multiplied."""
        return self.array(f"{name}_q", np.int8), self.array(f"{name}_scale")

    def layer(self, number: int, part: str) -> tuple[Any, np.ndarray]:
        """Return the node that multiplies by a part's weights, and the bias that is added."""
        bias = f"inner.encoder.layer.{number}.{part}.bias"
        product = next(self._maker[name] for name in self._reader[bias].input if name in self._maker)
        return product, self.array(bias)

    def normalised(self, place: str) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return the node that normalises at a place, its weight and its bias."""
        weight, bias = f"inner.{place}.LayerNorm.weight", f"inner.{place}.LayerNorm.bias"
        return self._reader[weight], self.array(weight), self.array(bias)


def rounded(content: bytes) -> list[str]:
    """Return the names of what a model multiplies by 8-bit weights, which need scales."""
    published = Published(content)
    parts = ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense")
    return sorted(published.layer(n, part)[0].input[0] for n in range(LAYERS) for part in parts)


def showing(content: bytes, names: list[str]) -> bytes:
    """Return an ONNX model that gives these of its inner values as well as its output."""
    model = Model.FromString(content)
    for name in names:
        model.graph.output.add(name=name)
    return bytes(model.SerializeToString())


def compact(
    content: bytes, scales: Scales, inner: Sequence[int] = INNER, joined: np.ndarray | None = None
) -> bytes:
    """Return an ONNX model that computes what the published one does for texts of one length.

    Its input is ``input_ids``, int64 [texts, tokens], its output ``hidden_states``, float32
    [texts, tokens, 384 * layers]: those of the last layer, as the published model gives them, and the inner
    ones'. With a map of all layers' means, float32 [384 * layers + 1, numbers] (the last row is added), it
    has another output, ``meant``, float32 [texts, numbers]: what each text means, of unit length.
    """
    return _Compact(content, scales).content(inner, joined)


class _Compact:
    """A model in the making: each method adds nodes and returns the name of what they give."""

    def __init__(self, content: bytes, scales: Scales) -> None:
        self._published, self._scales, self._made = Published(content), scales, Builder()

    def content(self, inner: Sequence[int], joined: np.ndarray | None) -> bytes:
        """Return the whole model."""
        states = [self._embedded(self._made.input(INPUT, "int64"))]
        for number in range(LAYERS):
            states.append(self._layer(number, states[-1]))
        given = [states[-1], *(states[number + 1] for number in inner)]
        self._made.output(STATES, self._made.add("Concat", given, axis=-1))
        if joined is not None:
            self._made.output(MEANT, self._meant(given, joined))
        return self._made.content()

    def _meant(self, layers: list[str], joined: np.ndarray) -> str:
        """Join the means of the tokens in each layer to what a text means."""
        add, store = self._made.add, self._made.store
        tokens = store("tokens", np.array([1]))
        sums = [add("ReduceSum", [states, tokens], keepdims=0) for states in layers]
        means = add("Concat", [add("LpNormalization", [each], axis=-1, p=2) for each in sums], axis=-1)
        stored = [store("join", joined[:-1]), store("join_bias", joined[-1])]
        return add("LpNormalization", [add("Gemm", [means, *stored])], axis=-1, p=2)

    def _embedded(self, words: str) -> str:
        """Look the words up, and add where they stand: one text has one kind of tokens."""
        add, store = self._made.add, self._made.store
        numbers, scales = self._published.narrow("inner.embeddings.word_embeddings.weight")
        wide = add("Cast", [add("Gather", [store("words", numbers), words])], to=NUMBERS["float32"])
        meant = add("Mul", [wide, add("Gather", [store("words_scales", scales), words])])

        numbers, scales = self._published.narrow("inner.embeddings.position_embeddings.weight")
        kind = self._published.array("inner.embeddings.token_type_embeddings.weight")[0]
        table = store("places", (numbers * scales + kind)[:LONGEST])
        length = add("Shape", [words], start=1, end=2)
        standing = add("Slice", [table, store("first", np.array([0])), length])
        return self._normalised(add("Add", [meant, standing]), "embeddings")

    def _layer(self, number: int, states: str) -> str:
        """Let tokens attend to each other, then think each over."""
        layer = f"encoder.layer.{number}"
        attended = self._linear(number, "attention.output.dense", self._attention(number, states))
        states = self._normalised(self._made.add("Add", [attended, states]), f"{layer}.attention.output")
        thought = self._linear(number, "intermediate.dense", states)
        thought = self._linear(number, "output.dense", self._made.add("Gelu", [thought], domain=MICROSOFT))
        return self._normalised(self._made.add("Add", [thought, states]), f"{layer}.output")

    def _attention(self, number: int, states: str) -> str:
        parts = [
            self._published.layer(number, f"attention.self.{part}") for part in ("query", "key", "value")
        ]
        weights = [self._published.narrow(product.input[1]) for product, _ in parts]
        values, step, zero = self._made.round(states, *self._scales[parts[0][0].input[0]])
        name, store = f"attention_{number}", self._made.store
        numbers = store(name, np.hstack([numbers for numbers, _ in weights]))
        scales = store(f"{name}_scales", np.hstack([scales for _, scales in weights]).reshape(-1))
        bias = store(f"{name}_bias", np.hstack([bias for _, bias in parts]))
        inputs = [values, numbers, bias, step, scales, "", zero]
        return self._made.add("QAttention", inputs, domain=MICROSOFT, num_heads=HEADS)

    def _linear(self, number: int, part: str, states: str) -> str:
        product, bias = self._published.layer(number, part)
        numbers, scales = self._published.narrow(product.input[1])
        rounded = self._made.round(states, *self._scales[product.input[0]])
        return self._made.multiply(rounded, f"{part}_{number}", numbers, scales.reshape(-1), bias)

    def _normalised(self, states: str, place: str) -> str:
        node, weight, bias = self._published.normalised(place)
        store = self._made.store
        inputs = [states, store(f"{place}_weight", weight), store(f"{place}_bias", bias)]
        name = self._made.add("LayerNormalization", inputs)
        self._made.attributes_of(node)
        return name
