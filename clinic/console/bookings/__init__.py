"""The clinic's bookings: a calendar, a search, each appointment with its history, and what staff change.

Everybody with an account reads them. Reviewers confirm, move, cancel, book and say who came; managers
also block time and book outside of what is free. The database decides as it does for visitors.
"""
