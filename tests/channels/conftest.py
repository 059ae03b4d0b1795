from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.engine import Engine

from clinic.channels.appointment_pages import AppointmentPages
from tests.channels.serving import application, serving


@pytest.fixture
async def pages(engine: Engine, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the pages of a manage link."""
    app, channel = application(f"pages-{tmp_path.name}"), AppointmentPages()
    app.blueprint(channel.blueprint(None), url_prefix=channel.url_prefix())
    async with serving(app) as session:
        yield session
