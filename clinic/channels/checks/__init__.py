"""What is looked at on each messaging platform before one relies on it."""
