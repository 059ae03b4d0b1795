import asyncio
from types import SimpleNamespace

from clinic.serving.drain import Drain
from clinic.settings.environment import TIME_LIMITS


class Request(SimpleNamespace):
    __hash__ = object.__hash__


async def test_what_was_taken_is_waited_for_and_what_comes_then_is_sent_elsewhere():
    process, request, steps = Drain(), Request(method="POST"), []
    assert process.begin(request) is None

    async def answer():
        await asyncio.sleep(0.3)
        steps.append("answered")
        process.end(request)

    answering = asyncio.create_task(answer())
    stopping = asyncio.create_task(process.finish(lambda: 0.0))
    await asyncio.sleep(0.1)
    refused = process.begin(Request(method="POST"))
    assert refused.status == 503
    assert refused.headers["Retry-After"] == "1"
    await stopping
    assert steps == ["answered"]
    await answering


async def test_a_message_that_goes_on_after_its_request_is_waited_for():
    process, in_flight = Drain(), [1.0]
    stopping = asyncio.create_task(process.finish(lambda: in_flight[0]))
    await asyncio.sleep(0.3)
    assert not stopping.done()
    in_flight[0] = 0.0
    await asyncio.wait_for(stopping, 5)


async def test_a_request_whose_client_has_gone_holds_nobody_up():
    process = Drain()
    process.begin(Request(method="POST"))  # nothing refers to it any more
    await asyncio.wait_for(process.finish(lambda: 0.0), 5)


async def test_an_open_stream_holds_nobody_up():
    process, stream = Drain(), Request(method="GET")
    process.begin(stream)
    await asyncio.wait_for(process.finish(lambda: 0.0), 5)


async def test_a_message_that_never_ends_does_not_keep_the_process_for_ever(monkeypatch):
    for name, seconds in zip(TIME_LIMITS, ("0.1", "0.2", "0.3", "0.4"), strict=True):
        monkeypatch.setenv(name, seconds)
    await asyncio.wait_for(Drain().finish(lambda: 1.0), 5)
