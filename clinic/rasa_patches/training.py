"""Training without work that is thrown away."""

from __future__ import annotations

from typing import Any

from rasa.engine.caching import LocalTrainingCache
from rasa.engine.training.hooks import TrainingHook

_before, _after = TrainingHook.on_before_node, TrainingHook.on_after_node


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


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    TrainingHook.on_before_node = _no_fingerprint_before
    TrainingHook.on_after_node = _no_fingerprint_after
