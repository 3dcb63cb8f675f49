"""Real local counterparts and small makers of records for tests."""
