"""Reads clinic.yml so that a mistake is named with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from clinic.settings.clinic_file import ClinicFile


class ClinicFileError(Exception):
    """clinic.yml cannot be used; the message says which line and what to write instead."""


def read_clinic_file(path: Path) -> ClinicFile:
    """Read and validate clinic.yml.

    Raises:
        ClinicFileError: with one line that names the file, the line number and the mistake.

    """
    try:
        text = path.read_text(encoding="utf-8")
        loaded = _yaml().load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ClinicFileError(f"{path}: cannot be read ({error})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise ClinicFileError(f"{path}, {line}this is not valid YAML ({error.problem})") from error
    if not isinstance(loaded, dict):
        raise ClinicFileError(f"{path}, line 1: expected settings such as name: My Clinic")
    try:
        return ClinicFile.parse_obj(_plain(loaded))
    except ValidationError as error:
        # A misspelt name first: the missing one follows from it.
        first = min(error.errors(), key=lambda mistake: mistake["type"] != "value_error.extra")
        where = ".".join(str(part) for part in first["loc"])
        number = _line_quoted(text, _line_of(loaded, first["loc"]), first["msg"])
        raise ClinicFileError(f"{path}, line {number}: {where}: {first['msg']}") from error


class _AsWritten(VersionedResolver):
    """Takes every plain value as the text that it is: 000 and +44 are no numbers."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = _AsWritten
    return yaml


def _plain(node: Any) -> Any:
    """Turn ruamel's nodes into plain values."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node)


def _line_of(node: Any, path: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest part of ``path`` that the file really has."""
    line = 1
    for part in path:
        try:
            position = node.lc.data[part]
            line, node = position[0] + 1, node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def _line_quoted(text: str, line: int, message: str) -> int:
    """Return the line, from ``line`` on, that holds what the message quotes; else ``line``."""
    quoted = re.match(r"'(.+?)'", message)
    if quoted:
        for number, content in enumerate(text.splitlines()[line - 1 :], start=line):
            if quoted.group(1) in content:
                return number
    return line
