"""CACAO 2.0: giving plans to others in their format, and taking theirs as drafts."""
