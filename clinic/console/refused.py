"""What a view raises when it does not do what was asked, and what the person then reads."""

from __future__ import annotations

WORDS = {
    400: ("That cannot be done", "Something in the form is missing or wrong. Go back and try again."),
    401: ("Please sign in", "Your session has ended."),
    403: ("Not allowed", "Your account may not do this. Ask the owner of the console for a higher role."),
    404: ("Not found", "There is no such page, or what it showed has been erased."),
    405: ("That cannot be done", "This address is not made for that request."),
    409: ("Changed meanwhile", "Somebody else was faster. Load the page again to see how it stands now."),
    413: ("Too large", "That is more than can be sent at once."),
    429: ("Too many attempts", "Please wait a quarter of an hour and try again."),
    500: ("Something went wrong", "The mistake is ours and has been logged. Nothing has been changed."),
    503: ("The database does not answer", "Nothing has been changed. Please try again in a moment."),
}


class Refused(Exception):
    """A request that goes no further. ``status`` is a key of WORDS; ``text`` replaces its second sentence."""

    def __init__(self, status: int, text: str | None = None) -> None:
        super().__init__(status)
        self.status = status if status in WORDS else 400
        self.heading, self.text = WORDS[self.status][0], text or WORDS[self.status][1]
