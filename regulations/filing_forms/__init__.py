"""Reports to authorities: forms as data, filled by pure functions; what nobody knows is named, not made up."""
