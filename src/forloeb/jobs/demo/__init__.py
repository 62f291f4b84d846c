"""The demo: a practice, its people and a cast of personas with histories, all made up, all through the same actions."""
