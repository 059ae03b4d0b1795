"""Where clinic.yml says that bookings are kept instead of here, and what an address looks like."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, Extra, root_validator, validator


def web_address(value: str) -> str:
    """Return a web address. Raises ValueError for anything else."""
    if not re.fullmatch(r"https?://[^\s/]+\S*", value):
        raise ValueError(f"{value!r} is no address; write one that begins with https://")
    return value


class Handoff(BaseModel, extra=Extra.forbid):
    """Where bookings are kept when not here: a page of the clinic's, or Cal.com.

    Attributes:
        link: The page; ``{service}``, ``{name}`` and ``{contact}`` in it are asked for and filled in.
        calcom: Cal.com's event type number of each service.
        address: Of Cal.com's API, for those who host it themselves.

    """

    link: str | None = None
    calcom: dict[str, int] = {}
    address: str = "https://api.cal.com"

    @validator("link", "address")
    def _is_address(cls, value: str) -> str:  # noqa: N805 (pydantic's validators are class methods)
        return web_address(value)

    @validator("link")
    def _names_what_is_known(cls, value: str) -> str:  # noqa: N805
        for name in re.findall(r"{(.*?)}", value):
            if name not in {"service", "name", "contact"}:
                raise ValueError(f"{name!r} is not known; use {{service}}, {{name}} and {{contact}}")
        return value

    @root_validator(skip_on_failure=True)
    def _one_of_both(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if bool(values["link"]) == bool(values["calcom"]):
            raise ValueError("write either link or calcom")
        return values
