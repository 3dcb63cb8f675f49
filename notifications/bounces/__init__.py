"""Mails that come back, read for what they mean."""
