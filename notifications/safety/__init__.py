"""The safety check before the first message: every text, every recipient, every law."""
