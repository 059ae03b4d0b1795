"""An assistant's Python keeps to one core; what works outside Python does not."""

import json
import os
import subprocess
import sys

import pytest

from tests.assistant import PROJECT

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no such thing")
SCRIPT = """
import json, os
from concurrent.futures import ThreadPoolExecutor
from clinic import cores

def cores_of(**how):
    with ThreadPoolExecutor(1, **how) as pool:
        return sorted(pool.submit(os.sched_getaffinity, 0).result())

every = sorted(os.sched_getaffinity(0))
cores.settle()
print(json.dumps([every, sorted(os.sched_getaffinity(0)), cores_of(), cores_of(initializer=cores.roam)]))
"""


def run(**settings):
    """Return the cores of a process before it settles, of its main thread, and of two threads after it."""
    variables = os.environ | {"PORT": "5005"} | settings
    said = subprocess.check_output([sys.executable, "-c", SCRIPT], cwd=PROJECT, env=variables, text=True)
    return json.loads(said)


def test_a_process_keeps_to_one_core_but_for_a_thread_that_may_roam():
    every, main, other, roaming = run()
    assert len(main) == 1
    assert set(main) <= set(every)
    assert other == main
    assert roaming == every


def test_processes_on_neighbouring_ports_take_every_core_in_turn():
    count = len(os.sched_getaffinity(0))
    assert len({run(PORT=str(5106 + n))[1][0] for n in range(min(count, 4))}) == min(count, 4)


def test_a_machine_that_is_shared_otherwise_is_left_alone():
    every, *rest = run(ONE_CORE="no")
    assert rest == [every] * 3
