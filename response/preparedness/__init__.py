"""How ready the house is: earned by what was done, never declared."""
