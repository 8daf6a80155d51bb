"""Where nodes run that do not run on the scheduler's threads."""
