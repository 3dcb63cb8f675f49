"""Law as data: rules, clocks, severity and forms; pure."""
