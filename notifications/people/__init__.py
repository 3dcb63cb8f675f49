"""The people concerned: read from files and queries, checked, merged, sealed, stored."""
