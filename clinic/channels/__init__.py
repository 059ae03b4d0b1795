"""Where messages come in: one channel a file, and the door that they share."""
