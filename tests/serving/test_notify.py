import asyncio
import signal
import socket

import pytest

from clinic.serving import notify


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    """A socket that states are told to."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as news:
        news.bind(str(tmp_path / "state"))
        news.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "state"))
        monkeypatch.setattr(notify, "BEAT_SECONDS", 0.05)
        yield news


async def test_a_process_says_that_it_is_ready_and_then_that_it_runs(supervisor):
    telling = asyncio.create_task(notify.keep_telling())
    heard = [await asyncio.to_thread(supervisor.recv, 100) for _ in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    telling.cancel()


async def test_a_process_whose_supervisor_is_gone_ends_as_if_told_to(supervisor):
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    supervisor.close()
    await asyncio.wait_for(notify.keep_telling(), 10)
    await asyncio.wait_for(ended.wait(), 10)
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)


def test_a_process_that_nobody_listens_to_tells_nobody(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.tell(notify.READY)


async def test_a_supervisor_that_does_not_read_holds_nobody_up(supervisor):
    telling = asyncio.create_task(notify.keep_telling())
    fill = iter(lambda: notify.tell(notify.ALIVE), "never")
    with pytest.raises(BlockingIOError):
        list(fill)
    await asyncio.sleep(0.2)
    assert not telling.done()
    telling.cancel()
