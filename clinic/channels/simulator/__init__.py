"""Simulators of the messaging platforms, for development and tests without an account.

Each speaks the platform's own shapes on 127.0.0.1: it signs what it sends, sends again what is not
acknowledged, refuses what is over the platform's limits, and can be told to fail.
"""
