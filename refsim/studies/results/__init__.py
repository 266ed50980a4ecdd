"""What a study found: values with intervals and trials, in tables, and the claims that they decide."""
