"""Decisions become data, data become a model, and one click goes back from either."""
