"""What evaluation/ measures at full size, at a size that a test can wait for; nothing here is timed."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from evaluation import faults, fuzz, kill, load, pairs
from evaluation.fleet import fleet
from evaluation.load import Level
from tests.conftest import new_database


def test_generated_inputs_end_nothing(assistant):
    server = fuzz.Server(assistant.port)
    fuzz.run(server, 150)
    assert server.counts.total() >= 150
    assert assistant.call("GET", "/health/live")[0] == 200


def test_a_load_is_answered_and_drawn(assistant, tmp_path):
    levels = asyncio.run(load.measure("ours", [assistant.address], load.PLAIN, [1, 4], 20))
    assert [(level.clients, level.messages, level.failed) for level in levels] == [(1, 20, 0), (4, 20, 0)]
    load.draw(levels, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_level_is_a_row_of_the_table():
    assert load.row(Level("ours", 8, 100, 0, 50.04, 1.26, 2, 3)) == (
        "| ours | 8 | 100 | 0 | 50.0 | 1.3 | 2.0 | 3.0 |"
    )


def test_messages_at_the_same_moment_over_two_processes_follow_one_another(postgres, tmp_path):
    url = new_database(postgres)
    with fleet(tmp_path, url, 2) as started:
        urls = [f"http://127.0.0.1:{port}" for port in started.assistants]
        found = asyncio.run(pairs.run(urls, url, 8))
    assert found.clean, found


def test_a_pair_is_judged_by_its_events():
    def event(kind, at):
        return {"event": kind, "timestamp": at}

    good = [event("user", 1), event("bot", 2), event("user", 3), event("bot", 4)]
    assert pairs.judge(good, 2) == (0, 0, 0)
    mixed = [event("user", 1), event("user", 2), event("bot", 3), event("bot", 4)]
    assert pairs.judge(mixed, 2) == (1, 0, 0)
    assert pairs.judge(good[:2], 2) == (0, 1, 0)
    assert pairs.judge([good[0], good[3], good[2], good[1]], 2)[2] == 1


def test_faults_lose_and_double_nothing_and_nobody_is_left_silent(postgres, tmp_path):
    verdict = faults.run(tmp_path, new_database(postgres), 1, (0.3, 1.0), usual=20)
    assert verdict.clean, verdict
    assert verdict.answered
    assert verdict.health_checks > 20


async def test_a_health_check_that_fails_is_counted():
    app = web.Application()
    app.router.add_get("/health/live", lambda _request: web.Response(status=500))
    seen, times = faults.Seen(), []
    async with TestServer(app) as server, aiohttp.ClientSession(server.make_url("/")) as session:
        await faults._watch_health(session, seen, times, 2)
        await server.close()
        await faults._watch_health(session, seen, times, 3)
    assert (seen.unhealthy, len(times)) == (3, 3)


def test_killed_and_restarted_workers_lose_and_double_nothing(postgres, tmp_path):
    verdict = kill.run(tmp_path, new_database(postgres), 2, 10, 4)
    assert verdict.clean, verdict
    assert verdict.killed
    assert verdict.restarted == 2
