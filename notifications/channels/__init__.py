"""Channels speak to people: e-mail, SMS, and rehearsal servers that keep what they receive."""
