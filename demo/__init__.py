"""A month of made-up visitors at the real assistant, so that a newcomer sees the console alive.

`make demo` fills a database of its own and starts everything on it. The visitors' messages are made up;
what is understood, answered, booked and stored is the trained assistant's, turn by turn.
"""
