"""What operators need from the running processes: health, metrics, logs without words, a graceful stop."""
