"""A small size of evaluation.booking_load; SystemExit says what was not sound."""

from __future__ import annotations

from evaluation.booking_load import killed, mixed, one_slot


def test_of_many_clients_in_two_processes_one_gets_each_slot(engine):
    figures = one_slot(rounds=5, clients=10)
    assert figures == {"rounds": 5, "sold": 5, "told": 45, "failed": 0}


def test_moves_and_expiring_holds_among_bookings_sell_each_slot_once(engine):
    assert mixed(rounds=6, clients=12)["taken"] > 0


def test_processes_killed_at_random_points_lose_double_and_block_nothing(engine):
    assert killed(kills=4)["answered"] > 0
