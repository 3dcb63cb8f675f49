"""Ground floor: words, records and time; imports nothing of ours."""
