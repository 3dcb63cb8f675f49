"""Plans as data: the playbook format, its planner and its linter; pure."""
