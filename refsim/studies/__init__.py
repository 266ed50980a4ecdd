"""The five papers as studies: each from data to a page, every point with its trials and its interval."""
