"""Stands in for setuptools' pkg_resources in Rasa's processes: the two functions of it that Rasa calls.

The real one reads every installed package's metadata and imports a dozen libraries: 15 MB and a second
of each start, for the path of a file and a version number.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import Distribution, distribution
from pathlib import Path


def resource_filename(package: str, resource: str) -> str:
    """Return the path of a file that lies beside a module or in a package."""
    return str(Path(str(import_module(package).__file__)).parent / resource)


def get_distribution(name: str) -> Distribution:
    """Return an installed package's metadata; its ``version`` is what Rasa reads."""
    return distribution(name)
