"""Small networks for ONNX Runtime: whole numbers of 8 bits are multiplied several times as fast as others."""

from __future__ import annotations

from tempfile import NamedTemporaryFile

import numpy as np
import onnxruntime

from clinic.nlu.onnx_parts import Attribute, Model, Node

NUMBERS = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}  # of data types in onnx.proto
MICROSOFT = "com.microsoft"  # the domain of ONNX Runtime's own operators
_FORMAT, _OPERATORS, _INTEGER = 8, 17, 2  # of the file, of the operators, of an attribute's type
Rounded = tuple[str, str, str]  # the names of 8-bit numbers, of the size of one step, and of where 0 lies


class Builder:
    """A network in the making: each method adds to it and returns the name of what that gives."""

    def __init__(self) -> None:
        self._model = Model(ir_version=_FORMAT)
        self._model.opset_import.add(domain="", version=_OPERATORS)
        self._model.opset_import.add(domain=MICROSOFT, version=1)
        self._graph = self._model.graph
        self._graph.name = "network"

    def input(self, name: str, kind: str) -> str:
        """Add an input of a data type named as NumPy does."""
        self._graph.input.add(name=name).type.tensor_type.elem_type = NUMBERS[kind]
        return name

    def output(self, name: str, values: str, kind: str = "float32") -> None:
        """Give these values, of a data type named as NumPy does, under a name."""
        self.add("Identity", [values], name)
        self._graph.output.add(name=name).type.tensor_type.elem_type = NUMBERS[kind]

    def add(
        self, operator: str, inputs: list[str], output: str = "", domain: str = "", **integers: int
    ) -> str:
        """Add a node with these attributes."""
        output = output or f"{operator}_{len(self._graph.node)}"
        attributes = [Attribute(name=name, i=value, type=_INTEGER) for name, value in integers.items()]
        node = Node(op_type=operator, input=inputs, output=[output], attribute=attributes, domain=domain)
        self._graph.node.append(node)
        return output

    def top(self, values: str, count: str) -> tuple[str, str]:
        """Find the largest values of each row, and where they are."""
        largest = self.add("TopK", [values, count])
        self._graph.node[-1].output.append(f"{largest}_places")
        return largest, f"{largest}_places"

    def store(self, name: str, values: np.ndarray) -> str:
        """Add a tensor of fixed values."""
        kind = NUMBERS[values.dtype.name]
        content = np.ascontiguousarray(values).tobytes()
        self._graph.initializer.add(name=name, dims=values.shape, data_type=kind, raw_data=content)
        return name

    def round(self, values: str, step: float, zero: int) -> Rounded:
        """Round values to 8 bits."""
        scale = (
            self.store(f"{values}_step", np.array(step, np.float32)),
            self.store(f"{values}_zero", np.array(zero, np.uint8)),
        )
        return self.add("QuantizeLinear", [values, *scale]), *scale

    def multiply(
        self,
        rounded: Rounded,
        name: str,
        numbers: np.ndarray,
        scales: np.ndarray,
        bias: np.ndarray | None = None,
    ) -> str:
        """Multiply by stored 8-bit numbers [rows, columns], a scale for each column, and add a bias."""
        values, step, zero = rounded
        stored = [self.store(name, numbers), step, self.store(f"{name}_scales", scales), zero]
        added = ["", self.store(f"{name}_bias", bias)] if bias is not None else []
        return self.add("MatMulIntegerToFloat", [values, *stored, *added], domain=MICROSOFT)

    def attributes_of(self, node: Node) -> None:
        """Give the last node the attributes of another one."""
        self._graph.node[-1].attribute.extend(node.attribute)

    def content(self) -> bytes:
        """Return the network as an ONNX file."""
        return bytes(self._model.SerializeToString())


def session(content: bytes) -> onnxruntime.InferenceSession:
    """Return what runs a network, on one thread: one text alone is slower on several."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # saves up to 100 MB, costs no measurable time
    with NamedTemporaryFile(suffix=".onnx") as file:  # from memory, a copy of it would stay there
        file.write(content)
        file.flush()
        return onnxruntime.InferenceSession(file.name, options, providers=["CPUExecutionProvider"])
