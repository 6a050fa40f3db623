"""Everything outside: platforms, clock, delivery, command line, web."""
