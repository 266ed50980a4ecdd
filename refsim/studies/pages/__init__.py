"""A study as a page of the book, with figures, and tables for machines."""
