"""A published ONNX model's 8-bit weights, used as they are instead of widened to 32 bits when it is loaded.

The published file multiplies its weights out (Cast, Mul), and ONNX Runtime does that once, at start: 23 MB
become 90, all of which each message reads. Here whole numbers are multiplied by whole numbers: a third of the
time a message takes, 60 MB and a second of the start less. What the weights multiply is rounded to 8 bits as
well, on a scale that is fixed for each place: a text becomes the same numbers whatever texts are beside it.
A sentence's vector differs by a cosine of 0.01; as learning and reading differ alike, as many questions are
understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FLOAT, UINT8, INT8, INTEGER = 1, 2, 3, 2  # onnx.proto's numbers of data types, and of an attribute's type
MICROSOFT = "com.microsoft"  # the operator's domain

# The parts of onnx.proto that are read or written here; what else a model holds is passed on untouched.
STRING, INT64, INT32, BYTES = 9, 3, 5, 12
PARTS: dict[str, dict[str, tuple[int, int | str, bool]]] = {
    "Attribute": {"name": (1, STRING, False), "i": (3, INT64, False), "type": (20, INT32, False)},
    "Node": {
        "input": (1, STRING, True),
        "output": (2, STRING, True),
        "op_type": (4, STRING, False),
        "attribute": (5, "Attribute", True),
        "domain": (7, STRING, False),
    },
    "Tensor": {
        "dims": (1, INT64, True),
        "data_type": (2, INT32, False),
        "name": (8, STRING, False),
        "raw_data": (9, BYTES, False),
    },
    "Output": {"name": (1, STRING, False)},
    "Graph": {
        "node": (1, "Node", True),
        "initializer": (5, "Tensor", True),
        "output": (12, "Output", True),
    },
    "OperatorSet": {"domain": (1, STRING, False), "version": (2, INT64, False)},
    "Model": {"graph": (7, "Graph", False), "opset_import": (8, "OperatorSet", True)},
}


def _classes() -> dict[str, Any]:
    """Return the classes of the messages in PARTS."""
    file = descriptor_pb2.FileDescriptorProto(name="onnx_parts.proto", package="onnx_parts", syntax="proto2")
    for name, fields in PARTS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, repeated) in fields.items():
            added = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if isinstance(kind, str):
                added.type, added.type_name = 11, f".onnx_parts.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    find = pool.FindMessageTypeByName
    return {name: message_factory.GetMessageClass(find(f"onnx_parts.{name}")) for name in PARTS}


_OF = _classes()


class _Graph:
    """A model's graph, with its weights by the name under which they are used.

    Attributes:
        model: The parsed model.
        tensors: Its stored tensors by name.
        weights: (8-bit numbers, their scales) of each product that the model would make at start.

    """

    def __init__(self, content: bytes) -> None:
        self.model = _OF["Model"].FromString(content)
        self.tensors = {tensor.name: tensor for tensor in self.model.graph.initializer}
        self._maker = {node.output[0]: node for node in self.model.graph.node}
        pairs = {name: self._pair(node) for name, node in self._maker.items()}
        self.weights = {name: pair for name, pair in pairs.items() if pair}

    def _pair(self, node: Any) -> tuple[str, str] | None:
        """Return the names of the numbers and scales of a node that multiplies stored weights out."""
        cast = self._maker.get(node.input[0]) if node.op_type == "Mul" else None
        if cast is None or cast.op_type != "Cast" or not {cast.input[0], node.input[1]} <= set(self.tensors):
            return None
        return cast.input[0], node.input[1]

    def array(self, name: str, kind: type[np.generic]) -> np.ndarray:
        """Return a stored tensor."""
        tensor = self.tensors[name]
        return np.frombuffer(tensor.raw_data, kind).reshape(tuple(tensor.dims))

    def store(self, name: str, values: np.ndarray, data_type: int) -> str:
        """Store a tensor in the model and return its name."""
        self.model.graph.initializer.add(
            name=name, dims=values.shape, data_type=data_type, raw_data=values.tobytes()
        )
        return name


Scales = dict[str, tuple[float, int]]  # by what is rounded: the size of one step, and where 0 lies


def rounded(content: bytes) -> list[str]:
    """Return the names of what a model multiplies by 8-bit weights, which need scales."""
    graph = _Graph(content)
    return sorted({node.input[0] for node in graph.model.graph.node if _multiplies(graph, node)})


def showing(content: bytes, names: list[str]) -> bytes:
    """Return an ONNX model that gives these of its inner values as well as its output."""
    model = _OF["Model"].FromString(content)
    for name in names:
        model.graph.output.add(name=name)
    return bytes(model.SerializeToString())


def keep_narrow(content: bytes, scales: Scales) -> bytes:
    """Return an ONNX model that computes what the given one does, with its 8-bit weights left as they are."""
    graph = _Graph(content)
    narrow = (new for node in graph.model.graph.node for new in _narrow(graph, node))
    nodes = [*_rounding(graph, scales), *narrow]
    kept = _read_nodes(nodes, {out.name for out in graph.model.graph.output})
    kept = [type(node).FromString(node.SerializeToString()) for node in kept]  # emptying the list spoils them
    del graph.model.graph.node[:]
    graph.model.graph.node.extend(kept)
    _drop_unread(graph.model.graph.initializer, {name for node in kept for name in node.input})
    graph.model.opset_import.add(domain=MICROSOFT, version=1)
    return bytes(graph.model.SerializeToString())


def _multiplies(graph: _Graph, node: Any) -> bool:
    return node.op_type == "MatMul" and node.input[1] in graph.weights


def _rounding(graph: _Graph, scales: Scales) -> Iterator[Any]:
    """Yield the nodes that round to 8 bits what 8-bit weights multiply."""
    for name, (step, zero) in scales.items():
        inputs = [
            name,
            graph.store(f"{name}_step", np.array(step, np.float32), FLOAT),
            graph.store(f"{name}_zero", np.array(zero, np.uint8), UINT8),
        ]
        yield _OF["Node"](input=inputs, output=[f"{name}_rounded"], op_type="QuantizeLinear")


def _narrow(graph: _Graph, node: Any) -> Iterator[Any]:
    """Yield what takes a node's place: itself, unless it reads weights that stay 8 bits wide."""
    if _multiplies(graph, node):
        yield _product(graph, node, *graph.weights[node.input[1]])
    elif node.op_type == "Gather" and node.input[0] in graph.weights and not node.attribute:
        yield from _looked_up(node, *graph.weights[node.input[0]])
    else:
        yield node


def _product(graph: _Graph, node: Any, numbers: str, scales: str) -> Any:
    """Return the node that multiplies by 8-bit weights [rows, columns], a scale for each column."""
    name = node.input[0]
    inputs = [
        f"{name}_rounded",
        graph.store(f"{numbers}_alone", graph.array(numbers, np.int8), INT8),
        f"{name}_step",
        graph.store(f"{scales}_each", graph.array(scales, np.float32).reshape(-1), FLOAT),
        f"{name}_zero",
    ]
    return _OF["Node"](input=inputs, output=node.output, op_type="MatMulIntegerToFloat", domain=MICROSOFT)


def _looked_up(node: Any, numbers: str, scales: str) -> Iterator[Any]:
    """Yield the nodes that look 8-bit rows up and multiply those alone out."""
    row, wide, scale = (f"{node.output[0]}_{part}" for part in ("row", "wide", "scale"))
    make, which = _OF["Node"], node.input[1]
    yield make(op_type="Gather", input=[numbers, which], output=[row])
    cast = make(op_type="Cast", input=[row], output=[wide])
    cast.attribute.add(name="to", i=FLOAT, type=INTEGER)
    yield cast
    yield make(op_type="Gather", input=[scales, which], output=[scale])
    yield make(op_type="Mul", input=[wide, scale], output=node.output)


def _read_nodes(nodes: list[Any], outputs: set[str]) -> list[Any]:
    """Return the nodes whose output something reads."""
    read = outputs.union(*(node.input for node in nodes))
    kept = [node for node in nodes if read.intersection(node.output)]
    return kept if len(kept) == len(nodes) else _read_nodes(kept, outputs)


def _drop_unread(tensors: Any, read: set[str]) -> None:
    """Remove the stored tensors that no node reads."""
    for number in reversed(range(len(tensors))):
        if tensors[number].name not in read:
            del tensors[number]
