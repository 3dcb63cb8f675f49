"""Rehearsal servers on loopback: a relay and an SMS provider that keep what they receive; nothing leaves."""
