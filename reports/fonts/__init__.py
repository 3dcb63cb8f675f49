"""The letters themselves: which faces there are, and the part of one that a page needs."""
