"""Types that every part of a report's view shares."""

from collections.abc import Mapping

Seqs = tuple[int, ...]  # the sequence numbers of the ledger entries behind a figure
ByLanguage = Mapping[str, str]
