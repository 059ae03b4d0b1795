"""The clinic's figures as pictures: how many conversations, about what, and what came of them.

A conversation counts on the day of its latest message, as the list of conversations has it, so that each
figure opens exactly what it counts.
"""
