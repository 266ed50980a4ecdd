"""Pruning: networks become smaller, by whole channels that are taken out or by single weights that are held at zero."""
