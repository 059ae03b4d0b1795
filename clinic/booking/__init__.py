"""Appointments: the rules, the store, and the wish that a visitor utters."""
