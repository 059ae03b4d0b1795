"""Which processes there are: the Procfile's, the assistant's as often as WORKERS says, nginx in front."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from honcho.environ import parse_procfile

from clinic import models
from clinic.secret import ACTIONS, secret
from clinic.settings import Environment
from clinic.settings.environment import PROJECT
from clinic.start import front

ASSISTANT, ACTION_SERVER, FRONT = "assistant", "actions", "nginx"
BEHIND_NGINX = {"TRUSTED_PROXIES": "127.0.0.1"}
INNER_PORTS = 100  # the first of many assistants listens on PORT + 101, on this machine only


@dataclass(frozen=True)
class Process:
    """One process to run.

    Attributes:
        name: What its log lines begin with.
        command: Shell command.
        variables: Its whole environment.
        serves: Whether visitors' requests reach it.
        tells: Whether it says when it is ready (clinic.serving.notify).

    """

    name: str
    command: str
    variables: dict[str, str] = field(repr=False)
    serves: bool = False
    tells: bool = False


def processes(settings: Environment) -> list[Process]:
    """Return the processes in the order in which they are started."""
    found = []
    for name, command in procfile().items():
        if name == ASSISTANT:
            found += assistants(settings, command)
        else:
            found.append(Process(name, command, child_environment(settings, name), tells=True))
    if settings.workers > 1:
        command = front.command(front.write(settings, inner_ports(settings)))
        found.append(Process(FRONT, command, dict(os.environ)))
    return found


def assistants(settings: Environment, command: str) -> list[Process]:
    """Return the assistant's processes: one on HOST and PORT, or many on this machine behind nginx."""
    if settings.workers == 1:
        return [Process(ASSISTANT, command, child_environment(settings, ASSISTANT), serves=True, tells=True)]
    inner = [replace(settings, host="127.0.0.1", port=port) for port in inner_ports(settings)]
    names = [f"{ASSISTANT}.{number}" for number in range(1, settings.workers + 1)]
    return [
        Process(name, command, child_environment(its, name) | BEHIND_NGINX, serves=True, tells=True)
        for name, its in zip(names, inner, strict=True)
    ]


def inner_ports(settings: Environment) -> list[int]:
    """Return the ports of the assistants behind nginx."""
    return [settings.port + INNER_PORTS + number for number in range(1, settings.workers + 1)]


def ports(settings: Environment, *, chatting: bool) -> dict[str, tuple[str, int]]:
    """Return every address that is listened on, with the setting that chooses its port."""
    found = {"ACTIONS_PORT": ("127.0.0.1", settings.actions_port)}
    if not chatting:
        found["PORT"] = (settings.host, settings.port)
        found["CONSOLE_PORT"] = (settings.console_host, settings.console_port)
    if not chatting and settings.workers > 1:
        found |= {f"PORT ({port})": ("127.0.0.1", port) for port in inner_ports(settings)}
    return found


def procfile() -> dict[str, str]:
    """Return the Procfile's commands by name."""
    return dict(parse_procfile((PROJECT / "Procfile").read_text(encoding="utf-8")).processes)


# One request is one small matrix product: more threads and arenas only hold memory. Training needs both.
SPARING = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "4194304",  # less, and each message fetches its pages anew
}


def child_environment(settings: Environment, name: str = ASSISTANT) -> dict[str, str]:
    """Return the environment of a process: the settings spelt out, quiet and unbuffered."""
    return (
        os.environ
        | {
            "CLINIC_PROCESS": name,
            "CLINIC_DATA": str(settings.data_folder),
            "CLINIC_KNOWLEDGE": str(settings.knowledge_folder),
            "CLINIC_MODELS": str(settings.models_folder),
            "HOST": settings.host,
            "PORT": str(settings.port),
            "ACTIONS_PORT": str(settings.actions_port),
            "CONSOLE_PORT": str(settings.console_port),
            "ACTIONS_SECRET": secret(ACTIONS),
            "MODEL": os.environ.get("MODEL") or str(models.in_use() or ""),
            "FORCE_JSON_LOGGING": "1",  # Rasa's entries, for clinic.serving.logs to reduce
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "PYTHONOPTIMIZE": "2",  # docstrings of all those libraries are 10 MB
            "SETUPTOOLS_USE_DISTUTILS": "stdlib",  # sanic-cors compares versions: not a reason for setuptools
        }
        | SPARING
    )
