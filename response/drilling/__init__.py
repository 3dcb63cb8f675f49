"""Drills and exercises: scenarios played on the real plan with a clock of their own, and scored."""
