"""Connectors act on systems: each plans, executes, verifies and can undo."""
