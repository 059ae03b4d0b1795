"""Training without work that is thrown away."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import rasa.shared.utils.io
from rasa.engine.caching import LocalTrainingCache
from rasa.engine.storage import local_model_storage
from rasa.engine.training.hooks import TrainingHook
from rasa.shared.exceptions import YamlException
from rasa.shared.nlu.constants import INTENT, RESPONSE
from rasa.shared.nlu.training_data import training_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils import validation

WITH_LINES, WITHOUT_LINES = ["safe", "rt"], "safe"
QUICK = 0  # of gzip's levels: as it is

_before, _after = TrainingHook.on_before_node, TrainingHook.on_after_node
_read, _validate = rasa.shared.utils.io.read_yaml, validation.validate_yaml_schema
_archives = local_model_storage.TarSafe


def _no_fingerprint_before(self: TrainingHook, *arguments: Any, **named: Any) -> dict[str, Any]:
    """Spare the fingerprints of all examples before and after each component when nothing is cached.

    Stock Rasa computes them and then throws them away (RASA_MAX_CACHE_SIZE=0): 20 of 60 seconds here.
    Test: tests/test_rasa_patches.py::test_without_a_cache_training_takes_no_fingerprints.
    """
    return {"fingerprint_key": ""} if _caches_nothing(self) else _before(self, *arguments, **named)


def _no_fingerprint_after(self: TrainingHook, *arguments: Any, **named: Any) -> None:
    if not _caches_nothing(self):
        _after(self, *arguments, **named)


def _caches_nothing(hook: TrainingHook) -> bool:
    return isinstance(hook._cache, LocalTrainingCache) and hook._cache._is_disabled()


def _validate_quickly(yaml_file_content: str, schema_path: str, *package: str) -> None:
    """Check a file as libyaml reads it; only one that is wrong is read again for the numbers of its lines.

    Stock Rasa reads each file with a parser in Python that keeps them: 5 of 35 seconds.
    Test: tests/test_training_patches.py::test_a_wrong_file_is_refused_with_its_line.
    """
    rasa.shared.utils.io.read_yaml = _read_without_lines
    try:
        _validate(yaml_file_content, schema_path, *package)
    except YamlException:
        rasa.shared.utils.io.read_yaml = _read
        _validate(yaml_file_content, schema_path, *package)
    finally:
        rasa.shared.utils.io.read_yaml = _read


def _read_without_lines(content: str, reader_type: str | list[str] = WITHOUT_LINES) -> Any:
    return _read(content, WITHOUT_LINES if reader_type == WITH_LINES else reader_type)


def _copied(value: Any) -> Any:
    """Copy examples one level deep: their texts and names never change.

    Stock Rasa copies every example in depth each time it joins two sets of them: 6 of 35 seconds.
    Test: tests/test_training_patches.py::test_joined_examples_are_copies.
    """
    if isinstance(value, list) and value and isinstance(value[0], Message):
        return [_copied_example(example) for example in value]
    return copy.deepcopy(value)


def _copied_example(example: Message) -> Message:
    twin = Message.__new__(Message)
    twin.__dict__.update(example.__dict__)
    twin.data, twin.features = dict(example.data), list(example.features)
    twin.output_properties = set(example.output_properties)
    return twin


def _sanitized(examples: list[Message]) -> list[Message]:
    """Drop examples that say the same, compared by what they hold.

    Stock Rasa compares their fingerprints, which it computes anew each time: 5 of 35 seconds.
    Test: tests/test_training_patches.py::test_an_example_that_stands_twice_is_kept_once.
    """
    kept: dict[str, Message] = {}
    for example in examples:
        for name in (INTENT, RESPONSE):
            if example.get(name):
                example.data[name] = example.get(name).strip()
        kept.setdefault(repr(sorted(example.data.items())), example)
    return list(kept.values())


def _open_archive(name: Any, mode: str = "r", **named: Any) -> Any:
    """Pack a model as it is: matrices hardly become smaller, however long one tries.

    Stock Rasa takes 2 of 35 seconds for that, and a third of one at each start.

    Test: tests/test_training_patches.py::test_a_model_is_packed_quickly.
    """
    if mode == "w:gz":
        named.setdefault("compresslevel", QUICK)
    return _archives.open(name, mode, **named)


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    TrainingHook.on_before_node = _no_fingerprint_before
    TrainingHook.on_after_node = _no_fingerprint_after
    validation.validate_yaml_schema = _validate_quickly
    training_data.copy = SimpleNamespace(deepcopy=_copied)
    training_data.TrainingData.sanitize_examples = staticmethod(_sanitized)
    local_model_storage.TarSafe = SimpleNamespace(open=_open_archive)
