"""What is kept of conversations and how replies are put into words."""
