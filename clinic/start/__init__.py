"""Starts the assistant: checks, trains, and keeps its processes running."""
