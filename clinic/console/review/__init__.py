"""Visitors' messages that are worth a look: what the staff decide, and the answers that they write."""
