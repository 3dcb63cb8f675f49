"""Reports to authorities: drafted, filled in, approved, handed over, receipted, followed up."""
