"""The report of a study: all that its page says, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .charts import Figure
from .claims import Claim
from .tables import Table


@dataclass(frozen=True)
class Section:
    """A part of a page: its title, text in reStructuredText, tables and figures."""

    title: str
    text: str
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Report:
    """What a study says: the question, how it was asked, what came of it, the claims, the paper's numbers, and what is not
    there. Texts are reStructuredText; every number of a result in them is made of the records."""

    question: str
    set_up: str
    sections: Sequence[Section]
    claims: Sequence[Claim]
    beside_the_paper: Section
    limits: str

    def all_sections(self) -> list[Section]:
        """The sections with results and the one beside the paper."""
        return [*self.sections, self.beside_the_paper]

    def tables(self) -> Iterator[Table]:
        """All tables in order."""
        return (table for section in self.all_sections() for table in section.tables)

    def figures(self) -> Iterator[Figure]:
        """All figures in order."""
        return (figure for section in self.all_sections() for figure in section.figures)
