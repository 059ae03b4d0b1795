"""Rasa custom actions: slots in, one call into clinic.booking, words out."""
