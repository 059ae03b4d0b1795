"""The assistant of a facial acupuncture clinic. The sub-packages follow a message's way."""
