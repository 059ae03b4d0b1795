"""The only reader of the environment and of clinic.yml."""

from clinic.settings.clinic_file import ClinicFile
from clinic.settings.environment import Environment, environment, now
from clinic.settings.reader import ClinicFileError, read_clinic_file

__all__ = [
    "ClinicFile",
    "ClinicFileError",
    "Environment",
    "clinic",
    "environment",
    "now",
    "read_clinic_file",
]

_read: dict[tuple[str, int], ClinicFile] = {}


def clinic() -> ClinicFile:
    """Return this clinic's settings, read again only when the file has changed.

    Raises:
        ClinicFileError: the file is missing or holds a mistake; the message names the line.

    """
    path = environment().clinic_file
    try:
        key = (str(path), path.stat().st_mtime_ns)
    except OSError as error:
        raise ClinicFileError(f"{path}: {error.strerror}") from error
    if key not in _read:
        _read.clear()
        _read[key] = read_clinic_file(path)
    return _read[key]
