from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clinic.settings.environment import PROJECT

FOLDER = PROJECT / "stand-ins"


def python(code: str, *paths: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own that has the stand-ins and the folders given."""
    path = os.pathsep.join(map(str, (*paths, FOLDER)))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables}
    program = f"import stand_ins\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


def works(code: str, *paths: Path) -> str:
    done = python(code, *paths)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "line",
    [
        "import tensorflow as tf",
        "import tensorflow.keras.layers",
        "from tensorflow.python.keras.utils import tf_utils",
        "from slack_sdk.web.async_client import AsyncWebClient",
        "import google.oauth2.id_token",
        "from google.auth.transport import requests",
        "import boto3, botocore.exceptions, pymongo, redis, aio_pika, confluent_kafka",
        "from twilio.rest import Client",
        "from aiogram import Bot",
        "import sentry_sdk.integrations.atexit",
    ],
)
def test_what_rasa_imports_can_be_imported(line):
    works(line)


def test_a_name_can_be_subclassed():
    works(
        "import tensorflow as tf\n"
        "class Layer(tf.keras.layers.Layer):\n"
        "    size = 3\n"
        "class Other(Layer, tf.Module): pass\n"
        "assert Layer.size == 3"
    )


def test_a_name_is_a_decorator_with_and_without_arguments():
    works(
        "import tensorflow as tf\n"
        "@tf.function\n"
        "def one(): return 1\n"
        "@tf.function(input_signature=[])\n"
        "def two(): return 2\n"
        "assert (one(), two()) == (1, 2)"
    )


def test_a_name_stands_in_an_except_clause_and_catches_nothing_else():
    works(
        "from botocore.exceptions import ClientError\n"
        "import redis\n"
        "try:\n"
        "    raise KeyError\n"
        "except (ClientError, redis.exceptions.ConnectionError):\n"
        "    raise SystemExit(1)\n"
        "except KeyError: pass"
    )


def test_a_name_stands_in_annotations():
    works(
        "import tensorflow as tf\n"
        "from typing import Dict, List, Optional, Union\n"
        "a: Optional[tf.Tensor]; b: Union[tf.Tensor, tf.RaggedTensor]; c: Dict[str, List[tf.Tensor]]\n"
        "d: tf.Tensor | None; e: None | tf.Tensor; f = tf.data.Dataset[int]"
    )


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import tensorflow as tf; tf.Variable(1, 2)", ["tensorflow.Variable", "DIETClassifier"]),
        ("import slack_sdk; slack_sdk.WebClient('a')", ["slack_sdk.WebClient", "slack channel"]),
        ("import pymongo; pymongo.MongoClient()", ["pymongo.MongoClient", "MongoTrackerStore"]),
        ("import redis; redis.StrictRedis(host='x')", ["redis.StrictRedis", "RedisTrackerStore"]),
        ("import boto3; boto3.resource('dynamodb')", ["boto3.resource", "DynamoTrackerStore"]),
    ],
)
def test_building_something_says_what_is_missing(code, names):
    done = python(code)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert all(name in last for name in names)


def test_the_error_reporter_does_nothing_silently():
    works(
        "import sentry_sdk\n"
        "sentry_sdk.init('https://key@sentry.example/1', release='1')\n"
        "with sentry_sdk.configure_scope() as scope:\n"
        "    scope.set_tag('a', 'b')"
    )


def test_a_package_that_is_really_there_wins(tmp_path):
    (tmp_path / "redis.py").write_text("REAL = True\n", encoding="utf-8")
    assert works("import redis; print(redis.REAL)", tmp_path) == "True"


def test_packages_that_nobody_stands_in_for_are_still_missing():
    done = python("import no_such_package")
    assert "ModuleNotFoundError: No module named 'no_such_package'" in done.stderr


def test_an_attribute_that_a_module_must_have_of_its_own_is_not_made_up():
    works("import tensorflow as tf; assert not hasattr(tf, '__wrapped__')")


def test_telemetry_is_off_whatever_the_environment_says():
    done = python("import os; print(os.environ['RASA_TELEMETRY_ENABLED'])", RASA_TELEMETRY_ENABLED="true")
    assert done.stdout.strip() == "false"


def test_installing_twice_changes_nothing():
    code = "import sys; before = list(sys.meta_path); stand_ins.install(); assert sys.meta_path == before"
    works(code)


def test_the_environment_of_these_tests_has_the_stand_ins_itself():
    import tensorflow as tf  # noqa: PLC0415

    assert tf.__version__ == "0.0.0+stand.in"
    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"


def test_the_light_pkg_resources_says_what_the_real_one_says():
    calls = (
        "pkg_resources.resource_filename('rasa', 'shared/nlu/training_data/schemas'), "
        "pkg_resources.resource_filename('rasa.engine.recipes.default_recipe', 'x.yml'), "
        "pkg_resources.get_distribution('rasa').version"
    )
    without = "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if 'Light' not in type(f).__name__]\n"
    program = f"import pkg_resources\nprint({calls}, hasattr(pkg_resources, 'working_set'))"
    light, real = works(program), works(without + program)
    assert light.removesuffix("False") == real.removesuffix("True")


@pytest.mark.parametrize(("asked", "said"), [("ignore", False), ("default", True)])
def test_rasas_deprecations_are_shown_to_who_asks_for_them(asked, said):
    code = "import rasa.cli.arguments.run, warnings; warnings.warn('old', DeprecationWarning)"
    assert ("DeprecationWarning" in python(code, PYTHONWARNINGS=asked).stderr) == said


def test_garbage_is_looked_for_less_often_than_python_does():
    assert int(works("import gc; print(gc.get_threshold()[0])")) > 700
