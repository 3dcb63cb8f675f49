"""The steps of the plan as plain Python functions over the database."""
