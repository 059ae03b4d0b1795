"""The messaging platforms that the environment switches on: a platform is on once its settings are there."""

from __future__ import annotations

from dataclasses import dataclass, field

from clinic.settings.environment import values

GRAPH = "https://graph.facebook.com/v23.0"
NEEDED = {
    "telegram": ("TELEGRAM_TOKEN",),
    "messenger": ("MESSENGER_TOKEN", "MESSENGER_APP_SECRET"),
    "whatsapp": ("WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_NUMBER_ID"),
    "twilio": ("TWILIO_ACCOUNT", "TWILIO_TOKEN"),
}
CHANNELS = tuple(NEEDED)
VARIABLES = (
    *("TELEGRAM_TOKEN", "TELEGRAM_API"),
    *("MESSENGER_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_API"),
    *("WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_NUMBER_ID", "WHATSAPP_API"),
    *("TWILIO_ACCOUNT", "TWILIO_TOKEN", "TWILIO_API"),
)


@dataclass(frozen=True)
class Access:
    """How one platform is reached, and how it is known.

    Attributes:
        api: Address of its API, without a slash at its end.
        token: What opens the API.
        key: What signs its messages to us; Telegram's is a secret of our own (clinic.secret).
        account: Twilio's account, or the number's id at WhatsApp; empty for the others.

    """

    api: str
    token: str = field(repr=False)
    key: str = field(default="", repr=False)
    account: str = ""


def read_channels() -> dict[str, Access]:
    """Return the platforms that are switched on, by name.

    Raises:
        ValueError: a platform has some of its settings and not all, or an address is none.

    """
    return {name: _access(name) for name, needed in NEEDED.items() if _is_on(name, needed)}


def _is_on(name: str, needed: tuple[str, ...]) -> bool:
    missing = [one for one in needed if not _text(one)]
    if missing and len(missing) < len(needed):
        raise ValueError(f"{name} needs {' and '.join(missing)} as well: set all of its settings or none")
    return not missing


def _access(name: str) -> Access:
    if name == "telegram":
        return Access(_address("TELEGRAM_API", "https://api.telegram.org"), _text("TELEGRAM_TOKEN"))
    if name == "twilio":
        token = _text("TWILIO_TOKEN")
        return Access(_address("TWILIO_API", "https://api.twilio.com"), token, token, _text("TWILIO_ACCOUNT"))
    prefix = name.upper()
    account = _text("WHATSAPP_NUMBER_ID") if name == "whatsapp" else ""
    api = _address(f"{prefix}_API", GRAPH)
    return Access(api, _text(f"{prefix}_TOKEN"), _text(f"{prefix}_APP_SECRET"), account)


def _address(name: str, default: str) -> str:
    given = _text(name) or default
    if not given.startswith(("http://", "https://")):
        raise ValueError(f"{name} must be an address such as {default}, not {given!r}")
    return given.rstrip("/")


def _text(name: str) -> str:
    return values.text(name) or ""
