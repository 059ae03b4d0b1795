from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from clinic.conversation.masking import MaskContacts, masked
from clinic.database import database


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call me on 07700 900123 please", "call me on [phone] please"),
        ("+44 (0)20 7946-0018", "[phone]"),
        ("write to jane.o'neil+x@mail.example.co.uk!", "write to [e-mail]!"),
        ("my name is Jane Smith and it hurts", "my name is [name] and it hurts"),
        ("on 2026-11-25 at 15:00 for 60 minutes", "on 2026-11-25 at 15:00 for 60 minutes"),
        ("i have 3 children and 2 dogs", "i have 3 children and 2 dogs"),
        ("", ""),
    ],
)
def test_personal_data_in_free_text_is_masked(text, left):
    assert masked(text) == left


def test_a_known_name_is_masked_wherever_it_stands_and_no_part_of_a_word():
    assert (
        masked("Ann said: thanks ann. An annual visit", {"Ann"})
        == "[name] said: thanks [name]. An annual visit"
    )


def test_what_is_logged_is_masked(caplog):
    logger = logging.getLogger("masked")
    caplog.handler.addFilter(MaskContacts())
    logger.error("could not reach %s", "jane@example.com")
    try:
        int("call 07700 900123")
    except ValueError:
        logger.exception("failed")
    caplog.handler.filters.clear()
    assert "jane@" not in caplog.text
    assert "900123" not in caplog.text
    assert "Traceback" in caplog.text


async def test_a_failing_statement_logs_no_words(database_url, caplog):
    caplog.handler.addFilter(MaskContacts())
    said = "".join(reversed("terces"))  # a traceback quotes this line
    try:
        with database().begin() as connection:
            connection.execute(sa.text("INSERT INTO nowhere VALUES (:words)"), {"words": said})
    except sa.exc.SQLAlchemyError:
        logging.getLogger("masked").exception("failed")
    caplog.handler.filters.clear()
    assert "nowhere" in caplog.text
    assert "secret" not in caplog.text
