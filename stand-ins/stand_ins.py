"""Stand-ins for the packages that Rasa imports and this assistant never uses.

Rasa 3.6 imports TensorFlow, every messenger's SDK and an error reporter into every process. This
module, imported at interpreter start (the Makefile writes ``stand_ins.pth`` into the environment),
puts a finder at the *end* of ``sys.meta_path``: a package that is really installed always wins.
A stand-in's names can be subclassed, subscripted, caught, used as decorators and in annotations;
building something from them raises an ImportError that says what is missing.

The environment variables below switch Rasa's telemetry off for good, in every command. And Python looks
for garbage less often than after every 700 new objects: imports and examples are hundreds of thousands that
stay, and a third of the time until they are there went into looking through them.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Self

TELEMETRY_OFF = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_NO_UVLOOP": "true",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}

# endpoints.yml names them, so every Rasa command needs them; clinic.start sets the real ones.
NEEDED = {"ACTIONS_PORT": "5055", "ACTIONS_SECRET": "none"}

WHY = {
    "tensorflow": "DIETClassifier, TEDPolicy and ResponseSelector need TensorFlow",
    "keras": "DIETClassifier, TEDPolicy and ResponseSelector need TensorFlow",
    "tensorflow_addons": "DIETClassifier, TEDPolicy and ResponseSelector need TensorFlow",
    "tensorflow_hub": "ConveRT needs TensorFlow Hub",
    "sklearn_crfsuite": "CRFEntityExtractor needs sklearn-crfsuite",
    "aiogram": "Rasa's telegram channel needs aiogram",
    "twilio": "Rasa's twilio channel needs twilio",
    "slack_sdk": "Rasa's slack channel needs slack-sdk",
    "fbmessenger": "Rasa's facebook channel needs fbmessenger",
    "mattermostwrapper": "Rasa's mattermost channel needs mattermostwrapper",
    "rocketchat_API": "Rasa's rocketchat channel needs rocketchat_API",
    "webexteamssdk": "Rasa's webexteams channel needs webexteamssdk",
    "google": "Rasa's hangouts channel needs google-auth",
    "cachecontrol": "Rasa's hangouts channel needs CacheControl",
    "boto3": "DynamoTrackerStore and the AWS model store need boto3",
    "botocore": "DynamoTrackerStore and the AWS model store need boto3",
    "pymongo": "MongoTrackerStore needs pymongo",
    "redis": "RedisTrackerStore and RedisLockStore need redis",
    "aio_pika": "the RabbitMQ event broker needs aio-pika",
    "aiormq": "the RabbitMQ event broker needs aio-pika",
    "confluent_kafka": "the Kafka event broker needs confluent-kafka",
    "sentry_sdk": "errors are never reported to another company's server",
}

# Rasa's own modules around TensorFlow: without it they serve nobody, and import scikit-learn.
AROUND_TENSORFLOW = ("rasa.utils.tensorflow.model_data", "rasa.utils.tensorflow.data_generator")

# Imports matplotlib into every process and is needed for pictures of `rasa test` only.
LAZY = "rasa.utils.plotting"

# What Rasa needs two functions of, and what has these two.
LIGHT = {"pkg_resources": str(Path(__file__).with_name("light_pkg_resources.py"))}

OBJECTS = (10_000, 20, 20)  # until the youngest, the next and all objects are looked through

# Called by Rasa itself at start; here they do nothing.
SILENT = {"sentry_sdk.init", "sentry_sdk.configure_scope"}


class _StandInType(type):
    """A class whose attributes are stand-ins too and that cannot be instantiated."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__qualname__}.{name}")

    def __getitem__(cls, _item: Any) -> _StandInType:
        return cls

    def __or__(cls, _other: Any) -> Any:
        return cls

    __ror__ = __or__

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Act as a decorator or a silent function where asked to; otherwise say what is missing."""
        if cls.__qualname__ in SILENT or "sentry_sdk.integrations" in cls.__qualname__:
            return _Nothing()
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        if "function" in cls.__qualname__:  # @tf.function(input_signature=...)
            return lambda function: function
        why = WHY.get(cls.__qualname__.partition(".")[0], WHY["tensorflow"])
        raise ImportError(f"{cls.__qualname__}: {why}; this assistant runs without it.")


class _Nothing:
    """What a silent function returns: usable in a ``with`` block, accepts any attribute."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        return None

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_kwargs: None


def _stand_in(qualname: str) -> _StandInType:
    # Derived from Exception so that it may stand in an `except` clause as well.
    return _StandInType(qualname.rpartition(".")[2], (Exception,), {"__qualname__": qualname})


class _StandInModule(ModuleType):
    __version__ = "0.0.0+stand.in"
    __path__ = []  # noqa: RUF012 (a package has a path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _stand_in(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _StandInFinder(MetaPathFinder, Loader):
    """Finds stand-ins for some packages or modules and all that lies below them."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: a stand-in has no code to run."""


class _LazyFinder(MetaPathFinder):
    """Lets a module be executed when something of it is first used."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != LAZY:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


class _LightFinder(MetaPathFinder):
    """Finds the light pkg_resources instead of setuptools' own."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_file_location(fullname, LIGHT[fullname]) if fullname in LIGHT else None


def _keep_quiet() -> None:
    """Let PYTHONWARNINGS=ignore hold: Sanic puts a rule of its own for deprecations before it.

    Rasa's imports break that rule a dozen times at every start.
    """
    add = warnings.filterwarnings

    def add_unless_deprecations(action: Any, message: str = "", category: Any = Warning, **more: Any) -> None:
        if action != "once" or category is not DeprecationWarning:
            add(action, message, category, **more)

    warnings.filterwarnings = add_unless_deprecations  # type: ignore[assignment]


def install() -> None:
    """Switch telemetry off and put the finder behind all real ones (harmless when repeated)."""
    os.environ.update(TELEMETRY_OFF)
    gc.set_threshold(*OBJECTS)
    for name, value in NEEDED.items():
        os.environ.setdefault(name, value)
    if any(isinstance(finder, _StandInFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _LazyFinder())
    sys.meta_path.insert(0, _LightFinder())
    if PathFinder.find_spec("tensorflow") is None:
        sys.meta_path.insert(0, _StandInFinder(AROUND_TENSORFLOW))
    sys.meta_path.append(_StandInFinder(tuple(WHY)))
    if "ignore" in sys.warnoptions:
        _keep_quiet()


install()
