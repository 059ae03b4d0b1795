"""Two assistants on one PostgreSQL: redeliveries to both at once, and one that dies with what it took in."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
import sqlalchemy as sa

from clinic.conversation.history import said_since
from evaluation.fleet import fleet
from tests.channels.messaging.drivers import DRIVERS
from tests.channels.messaging.running import NOWHERE
from tests.conftest import new_database

PUBLIC = "https://chat.clinic.example"
NOTICE = "not for emergencies"


@pytest.fixture(scope="module")
def pair(postgres, tmp_path_factory):
    """The fleet, its database, and the platforms' drivers."""
    sims = [driver.simulator(NOWHERE) for driver in DRIVERS.values()]
    more = {"PUBLIC_URL": PUBLIC}
    for sim in sims:
        more |= sim.settings()
    drivers = {sim.name: DRIVERS[sim.name](sim) for sim in sims}
    drivers["twilio"].sim.public = PUBLIC
    folder, url = tmp_path_factory.mktemp("pair"), new_database(postgres)
    engine = sa.create_engine(url, future=True)
    drivers["telegram"].sim.secret = "ab" * 32
    (folder / "telegram-secret").write_text("ab" * 32, encoding="ascii")
    with fleet(folder, url, 2, more=more) as started:
        yield started, engine, drivers
    for sim in sims:
        sim.close()
    engine.dispose()


async def everywhere(sim, ports, path, body, headers, times):
    """Send a request at once, ``times`` to each of the ports; return the statuses."""
    urls = [f"http://127.0.0.1:{port}{path}" for port in ports for _ in range(times)]

    async def send(url):
        async with sim._session.post(url, data=body, headers=headers) as answer:
            return answer.status

    return await asyncio.gather(*(send(url) for url in urls))


def spoken(engine, driver, chat):
    said = said_since(engine, driver.conversation(chat), 0)
    return [(s.sender, s.text) for s in said if NOTICE not in s.text]


@pytest.mark.parametrize("name", list(DRIVERS))
@pytest.mark.parametrize("times", [1, 2, 3, 4, 5])
def test_however_often_and_wherever_a_message_comes_it_is_answered_once(pair, name, times):
    started, engine, drivers = pair
    driver = drivers[name]
    chat = driver.chat()
    body = driver.body(driver.text(chat, "does it hurt?"))
    ports = list(started.assistants)
    work = everywhere(driver.sim, ports, driver.path, body, driver.headers(body), times)
    assert driver.sim.do(work) == [200] * 2 * times
    shown = driver.until(chat, lambda shown: len(shown) >= 3)
    time.sleep(0.3)
    assert len(driver.sim.read(chat)) == len(shown) == 3
    assert [sender for sender, _ in spoken(engine, driver, chat)] == ["visitor", "bot"]


def test_a_conversation_that_both_processes_take_in_is_answered_in_order(pair):
    started, engine, drivers = pair
    driver = drivers["whatsapp"]
    chat, ports = driver.chat(), list(started.assistants)
    texts = [f"question number {number}" for number in range(10)]
    for number, text in enumerate(texts):
        body = driver.body(driver.text(chat, text))
        port = [ports[number % 2]]
        assert driver.sim.do(everywhere(driver.sim, port, driver.path, body, driver.headers(body), 1)) == [
            200
        ]
    shown = driver.until(chat, lambda shown: len(shown) >= len(texts) + 2)
    said = spoken(engine, driver, chat)
    assert [text for sender, text in said if sender == "visitor"] == texts
    assert [sender for sender, _ in said] == ["visitor", "bot"] * len(texts)
    answers = [text for sender, text in said if sender == "bot"]
    assert [s.text.split("\n")[0] for s in shown[2:]] == [text.split("\n")[0] for text in answers]


def test_what_a_killed_process_has_acknowledged_is_answered_once_by_the_other(pair):
    started, engine, drivers = pair
    victim = next(iter(started.assistants))
    people = [(driver, driver.chat()) for driver in drivers.values() for _ in range(5)]
    for driver, chat in people:
        body = driver.body(driver.text(chat, "do the needles hurt?"))
        work = everywhere(driver.sim, [victim], driver.path, body, driver.headers(body), 1)
        assert driver.sim.do(work) == [200]
    process = started.assistants.pop(victim)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    unanswered = sum(len(spoken(engine, driver, chat)) < 2 for driver, chat in people)
    for driver, chat in people:
        driver.until(chat, lambda shown: len(shown) >= 3)
        assert [sender for sender, _ in spoken(engine, driver, chat)] == ["visitor", "bot"]
    assert unanswered > 0  # or nothing was shown
