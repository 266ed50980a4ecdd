"""Data sets to train and test networks with, by name or from files."""

from .names import get_data
from .record import DamagedData, Data, MissingData

__all__ = ["DamagedData", "Data", "MissingData", "get_data"]
