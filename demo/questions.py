"""What the visitors ask. All of it is written for the demonstration; no example of data/ is repeated."""

from __future__ import annotations

ABOUT_TREATMENT = (
    "so what exactly happens to my face in a session",
    "will it feel like being pricked all over?",
    "are the pins you use new ones each time",
    "any chance this softens the lines around my mouth",
    "my eyes look tired, could that get better",
    "i have rosacea on both cheeks, is that something you see",
    "what about old acne marks",
    "my skin looks grey since winter",
    "would it do anything for a double chin",
    "is there any research behind it",
    "how is that different from botox",
    "could it calm me down a bit, work is mad",
    "i sleep badly, would that change",
    "do bruises happen a lot afterwards",
    "big pores on my nose drive me crazy",
    "eczema near my eyes, can i still come",
    "does it bring more collagen",
    "what do you do for puffy eyes in the morning",
    "my jaw and neck are so tight",
    "is there a video i could watch first",
    "frown lines at 32, any hope",
    "and does everybody get the same needles or is it adapted to me",
)
ABOUT_CLINIC = (
    "how much is a session",
    "what time do you open on saturdays",
    "where are you exactly",
    "how many times would i have to come",
    "how long am i there for",
    "can i pay by card",
    "who would treat me",
    "what should i do before my first visit",
    "when would i see a difference",
    "what if i have to cancel, do i pay",
    "is there parking nearby",
    "do you have gift vouchers",
    "do you take insurance",
)
TWICE = (
    "does it hurt, and how long does one session last?",
    "what does it cost and how many sessions do people have",
    "is it safe, and what about side effects",
    "where are you and when are you open",
)
AFTER = (
    "and how long does that last?",
    "what about for sensitive skin",
    "and for men?",
    "and the price for that",
)
UNKNOWN = (
    "whats the weather like tomorrow",
    "do you fix phones too",
    "who won the match last night",
    "can you write my homework",
    "do you also do haircuts",
    "asdf asdf",
    "is the moon really made of rock",
    "do you sell crypto",
    "can my dog get a massage there",
)
HEALTH = (
    "im 20 weeks pregnant, can i have this done",
    "i take warfarin, is that a problem",
    "i had filler two weeks ago in my lips",
    "i have epilepsy, should i tell you",
)
URGENT = (
    "my lips are swelling and i can hardly breathe",
    "i had the treatment and now my chest hurts badly",
)
UNHAPPY = (
    "i am not happy at all with my last visit",
    "nobody called me back, this is really poor",
    "my session was rushed and i want to complain",
)
MESSAGES = (
    "please call me about a bridal package",
    "i would like to talk about my results",
    "can somebody ring me after five",
    "i have a question about my invoice",
)
HELLO = ("hi", "hello there", "good morning", "hey", "hiya")
THANKS = ("thanks", "great thank you", "ok cheers", "thats helpful, thanks", "ta")
BOT = ("are you a real person?", "am i talking to a robot")
BOOK = (
    "i'd like to book {service}",
    "can i book {service} please",
    "book me in for {service}",
    "any free slots for {service}?",
    "id love to come for {service} {when}",
    "can i have {service} {when}",
)
SERVICES = ("a consultation", "facial acupuncture", "a facial", "facial acupuncture")
WHEN = (
    "next week",
    "tomorrow",
    "on friday",
    "on wednesday afternoon",
    "on monday",
    "on tuesday morning",
    "this week",
)
