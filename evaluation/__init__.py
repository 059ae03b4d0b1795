"""How well the assistant does: the held-out questions, and the comparison with stock Rasa."""
