"""What the messaging platforms have in common: messages taken in once, replies delivered in order."""
