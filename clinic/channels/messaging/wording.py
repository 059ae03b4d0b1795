"""What is answered to what is not words, in plain kind sentences."""

from __future__ import annotations

from clinic.channels.door import LONGEST_TEXT
from clinic.settings import ClinicFile, environment

TYPE_IT = "Could you type it for me?"
# By kind of message. An empty answer: it is understood, and nothing needs to be said.
ANSWERS = {
    "picture": "Thank you for the picture. I can't look at pictures, and I can't judge skin from one. "
    "If it's about a treatment, please describe it in words; to have it looked at, ask for a consultation.",
    "video": f"Thank you for the video. I can't watch videos. {TYPE_IT}",
    "voice": f"I'm sorry, I can't listen to voice messages. {TYPE_IT}",
    "document": f"Thank you. I can't open files, so I haven't read it. {TYPE_IT}",
    "location": "Thank you for the location. I can't do anything with it; what would you like to know?",
    "sticker": "Nice! Is there anything I can help you with?",
    "contact": "Thank you for the contact. I found no phone number in it that I can read. Could you type it?",
    "other": f"I'm sorry, I can't read that kind of message. {TYPE_IT}",
    "too_long": f"That is more than I can read at once. Can you say it in under {LONGEST_TEXT:,} characters?",
    "too_fast": "That was a lot at once. Please wait a moment, and then tell me what matters most.",
    "stopped": "You'll get no more messages here, reminders included. Write START if you want them again.",
    "started": "Welcome back. You'll get messages here again. How can I help?",
    "silent_stop": "",
}
# What staff read in place of the words.
SHOWN = {
    "too_long": "(a message of more than 1,000 characters)",
    "too_fast": "(more messages at once than are read)",
    "stopped": "(wants no more messages)",
    "silent_stop": "(wants no more messages)",
    "started": "(wants messages again)",
}


def shown(kind: str, words: str) -> str:
    """Return what the transcript says of a message that is not words."""
    return words or SHOWN.get(kind) or f"({'a message of another kind' if kind == 'other' else f'a {kind}'})"


def introduction(clinic: ClinicFile) -> str:
    """Return what stands before the first reply: how personal data is treated."""
    return f"{clinic.name}: how we treat what you write here is at {environment().public_url}/chat/privacy"
