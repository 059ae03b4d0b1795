"""The parts of onnx.proto that are read or written here, without the onnx package (16 MB) for them.

What else a model holds is passed on untouched. Source: onnx.proto of ONNX 1.14.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_STRING, _INT64, _INT32, _BYTES, _PART = 9, 3, 5, 12, 11  # protobuf's numbers of types
_PARTS: dict[str, dict[str, tuple[int, int | str, bool]]] = {
    "Attribute": {"name": (1, _STRING, False), "i": (3, _INT64, False), "type": (20, _INT32, False)},
    "Node": {
        "input": (1, _STRING, True),
        "output": (2, _STRING, True),
        "op_type": (4, _STRING, False),
        "attribute": (5, "Attribute", True),
        "domain": (7, _STRING, False),
    },
    "Tensor": {
        "dims": (1, _INT64, True),
        "data_type": (2, _INT32, False),
        "name": (8, _STRING, False),
        "raw_data": (9, _BYTES, False),
    },
    "TensorType": {"elem_type": (1, _INT32, False)},
    "Type": {"tensor_type": (1, "TensorType", False)},
    "Value": {"name": (1, _STRING, False), "type": (2, "Type", False)},
    "Graph": {
        "node": (1, "Node", True),
        "initializer": (5, "Tensor", True),
        "input": (11, "Value", True),
        "output": (12, "Value", True),
        "name": (2, _STRING, False),
    },
    "OperatorSet": {"domain": (1, _STRING, False), "version": (2, _INT64, False)},
    "Model": {
        "ir_version": (1, _INT64, False),
        "graph": (7, "Graph", False),
        "opset_import": (8, "OperatorSet", True),
    },
}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="onnx_parts.proto", package="onnx_parts", syntax="proto2")
    for name, fields in _PARTS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, repeated) in fields.items():
            added = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if isinstance(kind, str):
                added.type, added.type_name = _PART, f".onnx_parts.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    kinds = {name: pool.FindMessageTypeByName(f"onnx_parts.{name}") for name in _PARTS}
    return {name: message_factory.GetMessageClass(kind) for name, kind in kinds.items()}


_CLASSES = _classes()
Attribute, Model, Node = _CLASSES["Attribute"], _CLASSES["Model"], _CLASSES["Node"]
