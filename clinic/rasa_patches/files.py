"""YAML files read in a time that grows with their length, not with its square."""

from __future__ import annotations

from itertools import chain
from typing import Any

import rasa.shared.utils.io
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

_resolve = VersionedResolver.resolve


def _resolve_once(self: VersionedResolver, kind: Any, value: Any, implicit: tuple[bool, bool]) -> Any:
    """Find a value's type among the patterns for its first letter.

    The ruamel.yaml that Rasa needs adds the same patterns to that letter's list again with each value
    it reads: half of the time that the domain takes at each start.
    Test: tests/test_file_patches.py::test_the_patterns_of_a_letter_stay_as_many.
    """
    if kind is ScalarNode and implicit[0]:
        known = self.versioned_resolver
        for tag, pattern in chain(known.get(value[:1], ()), known.get(None, ())):
            if pattern.match(value):
                return tag
        implicit = (False, implicit[1])
    return _resolve(self, kind, value, implicit)


def apply() -> None:
    """Apply the patches (harmless when repeated).

    Rasa asks of each character whether it is an ASCII one; a text knows it of itself.
    """
    VersionedResolver.resolve = _resolve_once  # type: ignore[method-assign]
    rasa.shared.utils.io._is_ascii = str.isascii
