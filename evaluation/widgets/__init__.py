"""Chat widgets side by side: ``python -m evaluation.widgets``."""
