"""What the linter looks for, one module a subject."""
