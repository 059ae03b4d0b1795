"""The published sentence embedding model, put together again from fewer and faster steps.

The published file multiplies its 8-bit weights out when it is loaded: 23 MB become 90, all of which each
message reads. And it is made of many small steps, with others for padding, which nothing read here has. Put
together from ONNX Runtime's operators for just this network, whole numbers are multiplied by whole numbers and
a layer is twelve nodes: a fifth of the time, 60 MB and a second of the start less. What the weights multiply
is rounded to 8 bits as well, on a scale that is fixed for each place, so that a text becomes the same numbers
whatever texts are beside it. A sentence's vector differs by a cosine of 0.01; as learning and reading differ
alike, as many questions are understood.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clinic.nlu.onnx_parts import Attribute, Model, Node

INPUT = "input_ids"
LAYERS, HEADS = 6, 12
LONGEST = 128  # tokens of a text
NUMBERS = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}  # of data types in onnx.proto
INTEGER = 2  # of an attribute's type there
MICROSOFT = "com.microsoft"  # the domain of ONNX Runtime's own operators
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


def compact(content: bytes, scales: Scales) -> bytes:
    """Return an ONNX model that computes what the published one does for texts of one length.

    Its input is ``input_ids``, int64 [texts, tokens], its output ``last_hidden_state``, float32
    [texts, tokens, 384].
    """
    return _Compact(content, scales).content()


class _Compact:
    """A model in the making: each method adds nodes and returns the name of what they give."""

    def __init__(self, content: bytes, scales: Scales) -> None:
        self._published, self._scales = Published(content), scales
        self._model = Model.FromString(content)
        graph = self._graph = self._model.graph
        for emptied in (graph.node, graph.initializer):
            del emptied[:]
        for number in reversed(range(len(graph.input))):
            if graph.input[number].name != INPUT:
                del graph.input[number]
        self._model.opset_import.add(domain=MICROSOFT, version=1)

    def content(self) -> bytes:
        """Return the whole model."""
        states = self._embedded()
        for number in range(LAYERS):
            states = self._layer(number, states)
        self._add("Identity", [states], self._graph.output[0].name)
        return bytes(self._model.SerializeToString())

    def _embedded(self) -> str:
        """Look the words up, and add where they stand: one text has one kind of tokens."""
        words, scales = self._published.narrow("inner.embeddings.word_embeddings.weight")
        row = self._add("Gather", [self._store("words", words), INPUT])
        wide = self._add("Cast", [row], to=NUMBERS["float32"])
        scale = self._add("Gather", [self._store("words_scale", scales), INPUT])
        meant = self._add("Mul", [wide, scale])

        places, scales = self._published.narrow("inner.embeddings.position_embeddings.weight")
        kind = self._published.array("inner.embeddings.token_type_embeddings.weight")[0]
        table = self._store("places", (places * scales + kind)[:LONGEST])
        length = self._add("Shape", [INPUT], start=1, end=2)
        standing = self._add("Slice", [table, self._store("first", np.array([0])), length])
        return self._normalised(self._add("Add", [meant, standing]), "embeddings")

    def _layer(self, number: int, states: str) -> str:
        """Let tokens attend to each other, then think each over."""
        layer = f"encoder.layer.{number}"
        attended = self._linear(number, "attention.output.dense", self._attention(number, states))
        states = self._normalised(self._add("Add", [attended, states]), f"{layer}.attention.output")
        thought = self._add("Gelu", [self._linear(number, "intermediate.dense", states)], domain=MICROSOFT)
        thought = self._linear(number, "output.dense", thought)
        return self._normalised(self._add("Add", [thought, states]), f"{layer}.output")

    def _attention(self, number: int, states: str) -> str:
        parts = [self._published.layer(number, f"attention.self.{part}") for part in ("query", "key", "value")]
        weights = [self._published.narrow(product.input[1]) for product, _ in parts]
        name = f"attention_{number}"
        inputs = [
            *self._rounded(states, parts[0][0].input[0]),
            self._store(name, np.hstack([numbers for numbers, _ in weights])),
            self._store(f"{name}_scale", np.hstack([scales for _, scales in weights]).reshape(-1)),
            self._store(f"{name}_bias", np.hstack([bias for _, bias in parts])),
        ]
        values, step, zero, numbers, scales, bias = inputs
        inputs = [values, numbers, bias, step, scales, "", zero]
        return self._add("QAttention", inputs, domain=MICROSOFT, num_heads=HEADS)

    def _linear(self, number: int, part: str, states: str) -> str:
        """Multiply by weights, a scale for each column, and add a bias."""
        product, bias = self._published.layer(number, part)
        numbers, scales = self._published.narrow(product.input[1])
        name = f"{part}_{number}"
        values, step, zero = self._rounded(states, product.input[0])
        inputs = [
            values,
            self._store(name, numbers),
            step,
            self._store(f"{name}_scale", scales.reshape(-1)),
            zero,
            "",
            self._store(f"{name}_bias", bias),
        ]
        return self._add("MatMulIntegerToFloat", inputs, domain=MICROSOFT)

    def _rounded(self, states: str, place: str) -> list[str]:
        """Round to 8 bits; return the names of the numbers, of a step and of where 0 lies."""
        step, zero = self._scales[place]
        scale = [
            self._store(f"{place}_step", np.array(step, np.float32)),
            self._store(f"{place}_zero", np.array(zero, np.uint8)),
        ]
        return [self._add("QuantizeLinear", [states, *scale]), *scale]

    def _normalised(self, states: str, place: str) -> str:
        node, weight, bias = self._published.normalised(place)
        inputs = [states, self._store(f"{place}_weight", weight), self._store(f"{place}_bias", bias)]
        name = self._add("LayerNormalization", inputs)
        self._graph.node[-1].attribute.extend(node.attribute)
        return name

    def _add(self, operator: str, inputs: list[str], output: str = "", domain: str = "", **integers: int) -> str:
        """Add a node with these attributes and return the name of its output."""
        output = output or f"{operator}_{len(self._graph.node)}"
        attributes = [Attribute(name=name, i=value, type=INTEGER) for name, value in integers.items()]
        node = Node(op_type=operator, input=inputs, output=[output], attribute=attributes, domain=domain)
        self._graph.node.append(node)
        return output

    def _store(self, name: str, values: np.ndarray) -> str:
        """Store a tensor and return its name."""
        self._graph.initializer.add(
            name=name, dims=values.shape, data_type=NUMBERS[values.dtype.name], raw_data=values.tobytes()
        )
        return name
