"""Where people act: the command line, the intake and the supervisor."""
