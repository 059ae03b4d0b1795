"""Phone numbers, e-mail addresses and references found in a text. Nothing here imports Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

EMAIL = re.compile(r"[\w.+'-]++@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
# Letters and digits as clinic.booking.store draws them; the hyphen is often left out.
REFERENCE = re.compile(r"\b([A-HJKMNP-Z]{3})[-\s]?([2-9]{3})\b", re.IGNORECASE)

FEWEST_DIGITS = 7  # of a phone number

Found = tuple[str, str, int, int]


def find_contacts(text: str, country: str) -> Iterator[Found]:
    """Yield (entity, value, start, end) for each contact detail in a text.

    A phone number's value is E.164, an e-mail address's lower case. Numbers without a country's
    code are read as the clinic's country's.
    """
    for match in EMAIL.finditer(text):
        yield "email", match[0].lower().rstrip("."), match.start(), match.end()
    if _digits(text) >= FEWEST_DIGITS:
        yield from _phone_numbers(text, country)
    for match in REFERENCE.finditer(text):
        yield "reference", f"{match[1]}-{match[2]}".upper(), match.start(), match.end()


def _phone_numbers(text: str, country: str) -> Iterator[Found]:
    possible = phonenumbers.Leniency.POSSIBLE
    for number in phonenumbers.PhoneNumberMatcher(text, country, leniency=possible, max_tries=20):
        if _digits(number.raw_string) >= FEWEST_DIGITS and not _is_date(number.raw_string):
            value = phonenumbers.format_number(number.number, phonenumbers.PhoneNumberFormat.E164)
            yield "phone", value, number.start, number.end


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{2,4}", text.strip()))
