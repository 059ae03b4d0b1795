"""What the assistant or a person of the clinic said, as the messaging platforms render it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clinic.channels.messaging.text import title
from clinic.conversation.history import Said

KEY = "choice:"


@dataclass(frozen=True)
class Choice:
    """A button: its title, its key on the platform, and what it says when it is pressed."""

    title: str
    key: str
    payload: str


@dataclass(frozen=True)
class Link:
    """An address with its title."""

    title: str
    url: str


@dataclass(frozen=True)
class Spoken:
    """One thing said.

    Attributes:
        text: Words; lists and attachments are among them.
        choices: Buttons.
        links: Addresses that stand beside the words.
        image: Address of a picture, or None.
        booking: Reference of the appointment whose calendar file goes with it, or None.
        calendar: Where that file is, for platforms that take no such document; else None.

    """

    text: str
    choices: list[Choice] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    image: str | None = None
    booking: str | None = None
    calendar: Link | None = None

    @property
    def all_links(self) -> list[Link]:
        """The links, with that of the calendar file."""
        return [*self.links, self.calendar] if self.calendar else self.links


def written(text: str, links: list[Link]) -> str:
    """Return words with links below them."""
    return "\n".join([text, *(f"{link.title}: {link.url}" for link in links)]).strip()


def spoken(said: Said, clinic_name: str) -> Spoken:
    """Return what was said, in the one shape that every platform's rendering begins with."""
    custom = said.custom if isinstance(said.custom, dict) else {}
    kind = custom.get("type")
    lines = [_words(said, clinic_name)]
    if kind == "list":
        lines += [f"• {item}" for item in custom.get("items") or []]
    links = [*_attached(said.attachment), *_linked(custom)]
    image = said.image or (custom.get("url") if kind == "image" else None)
    text = "\n".join(line for line in lines if line)
    ics = _address(custom.get("ics")) if kind == "booking" else None
    booking = (str(custom.get("reference")), Link("For your calendar", ics)) if ics else (None, None)
    return Spoken(text, choices(said), links, _address(image), *booking)


def choices(said: Said) -> list[Choice]:
    """Return the buttons under a reply, and the times it offers, each once."""
    custom = said.custom if isinstance(said.custom, dict) else {}
    slots = custom.get("slots") if custom.get("type") == "slots" else None
    offered = [*said.buttons, *(slot for slot in slots or [] if isinstance(slot, dict))]
    found: dict[str, str] = {}
    for button in offered:
        name = str(button.get("title") or "")
        found.setdefault(str(button.get("payload") or name), name)
    pairs = [(name, payload) for payload, name in found.items() if name and payload]
    return [Choice(name, f"{KEY}{said.id}:{at}", payload) for at, (name, payload) in enumerate(pairs)]


def fitted(said: Spoken, most: int, longest: int) -> tuple[str, list[tuple[str, Choice]]]:
    """Return the words and the buttons that a platform can show, each with its title.

    Choices that are too many, and titles that had to be cut, stand among the words, so that nothing is
    lost: whoever types one is understood.
    """
    titles = [title(choice.title, longest) for choice in said.choices[:most]]
    for at, name in enumerate(titles):  # two that were cut to the same are told apart
        if name in titles[:at]:
            titles[at] = title(f"{at + 1}. {said.choices[at].title}", longest)
    buttons = list(zip(titles, said.choices, strict=False))
    cut = [choice.title for name, choice in buttons if name != choice.title]
    lines = [f"• {name}" for name in [*cut, *(choice.title for choice in said.choices[most:])]]
    return "\n".join(line for line in (said.text, *lines) if line), buttons


def place_of(key: str) -> tuple[int, int] | None:
    """Return the event and the position that a button's key names, or None for what is no key."""
    event, _, at = key.removeprefix(KEY).partition(":")
    good = key.startswith(KEY) and all(p.isascii() and p.isdecimal() and len(p) < 10 for p in (event, at))  # noqa: PLR2004
    return (int(event), int(at)) if good else None


def _words(said: Said, clinic_name: str) -> str:
    """Return the words, with who says them where that is a person."""
    name = said.name or "Somebody"
    if said.presence == "joined":
        return f"{name} of {clinic_name} has joined this chat."
    if said.presence == "left":
        return f"{name} has left this chat. From here on the automatic assistant answers again."
    if said.presence == "waiting":
        return "Your message is with the clinic's staff. Somebody answers here when they can."
    text = (said.text or "").strip()
    return f"{said.name}: {text}" if said.sender == "staff" and said.name and text else text


def _attached(attachment: Any) -> list[Link]:
    if isinstance(attachment, str):
        return [Link("Attachment", attachment)] if _address(attachment) else []
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    url = _address((payload or {}).get("src") or (payload or {}).get("url"))
    return [Link(str((payload or {}).get("title") or "Attachment"), url)] if url else []


def _linked(custom: dict[str, Any]) -> list[Link]:
    kind = custom.get("type")
    url = _address(custom.get("manage" if kind == "booking" else "url"))
    titles = {"booking": "Move or cancel", "video": custom.get("title"), "file": custom.get("title")}
    return [Link(str(titles[kind] or "Link"), url)] if url and kind in titles else []


def _address(value: Any) -> str | None:
    good = isinstance(value, str) and value.startswith(("https://", "http://"))
    return str(value) if good else None
