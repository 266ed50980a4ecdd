"""Running a study: jobs that depend on one another, computed by processes, stored one by one, stopped and resumed."""
