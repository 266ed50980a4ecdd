"""Reports of a verification: for people, as JSON, and as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from ..clauses import clauses
from ..spec.flags import Flags
from ..spec.text import exact_text
from ..version import SPECIFICATION, __version__
from .devices import UNKNOWN
from .diagnosis import Diagnosis
from .explanations import clause_of, exact_shown, is_told, place_text, written
from .fields import Field
from .procedures.procedure import Applied
from .subjects import Subject
from .verify import Failure, Report

SCHEMA = 1


def text(report: Report) -> Iterator[str]:
    """The report for people, line by line."""
    vectors = report.vectors
    yield f"{vectors.path}: {vectors.configuration.title} ({vectors.tier})"
    what = "results and flags" if report.flags else "results"
    nan = ", any NaN accepted for a NaN" if report.nan == "any" else ""
    yield f"device {report.device}; comparing {what}{nan}"
    counts = f"expected {report.expected}  answered {report.answered}  checked {report.checked}  failed {report.failed}"
    yield counts + (f" ({report.failed / report.checked:.2%})" if report.failed else "")
    if report.failed:
        yield ""
        yield f"  {'class':<28} {'checked':>8} {'failed':>8}"
        for count in report.classes:
            if count.failed:
                yield f"  {count.name:<28} {count.checked:>8} {count.failed:>8}"
        sound = [count for count in report.classes if not count.failed]
        if sound:
            yield f"  {f'({len(sound)} other classes)':<28} {sum(c.checked for c in sound):>8} {0:>8}"
        for failure in report.failures:
            yield ""
            yield from _failure(vectors.configuration, failure)
        if report.failed > len(report.failures):
            yield f"... and {report.failed - len(report.failures)} more (--max-failures {report.failed} shows all)"
    if report.diagnosis:
        yield ""
        yield from _diagnosis(report.diagnosis, report.failed)
    if report.trouble:
        yield f"trouble: {report.trouble}"
    yield f"result: {report.verdict}"


def _failure(about: Subject, failure: Failure) -> Iterator[str]:
    operands = "  ".join(
        f"{f.name}={value:0{f.digits}X}" for f, value in zip(about.operand_fields, failure.operands, strict=True)
    )
    where = f"line {failure.line}  " if failure.line else ""
    yield f"FAIL {where}id {failure.id}  {failure.class_name}: {operands}"
    asked = _asked(about, failure.operands)
    if asked:
        yield f"     {asked}"
    fields = about.result_fields
    yield f"     expect  {_results(fields, failure.expected)}"
    yield f"     got     {_results(fields, failure.got)}"
    tag = _clause(about, failure.operands)
    yield f"     clause  {tag}: {clauses()[tag].plain}"


def _asked(about: Subject, operands: tuple[int, ...]) -> str:
    """What was asked, in numbers, and for a result that is projected where it lies among the numbers of its format."""
    if isinstance(about, Applied):
        text = about.procedure.explain(about.parameters, operands, about.results(operands))
        return f"asked   {text}" if text else ""
    if about.to is None:
        return f"asked   {written(about, operands)}" if about.described is not None else ""
    exact = about.exact(operands)
    place, shown = place_text(about.to, exact), exact_shown(about, operands, exact)
    operation = written(about, operands)
    return f"exact   {operation}{'' if shown in {operation, ''} else f' = {shown}'}" + (f": {place}" if place else "")


def _clause(about: Subject, operands: tuple[int, ...]) -> str:
    return about.clauses[0] if isinstance(about, Applied) else clause_of(about, operands)


def _results(fields: tuple[Field, ...], values: tuple[int, ...]) -> str:
    return "  ".join(result_text(field, value) for field, value in zip(fields, values, strict=False))


def result_text(field: Field, value: int) -> str:
    """A result field's value: digits and what they mean."""
    if value == UNKNOWN:
        return f"{field.name}=unknown"
    shown = f"{field.name}={value:0{field.digits}X}"
    if value >> field.bits:
        return f"{shown} (wider than {field.bits} bits)"
    if field.format:
        return f"{shown} ({exact_text(field.format.decode(value))})"
    if value < len(field.words):
        return f"{shown} ({field.words[value]})"
    if field.name == "flags":
        return f"{shown} ({' '.join(Flags(value).names()) or 'none'})"
    return shown


def _diagnosis(diagnosis: Diagnosis, failed: int) -> Iterator[str]:
    looked = "all" if diagnosis.wrong == failed else f"{diagnosis.wrong} of"
    for place, suspect in enumerate(diagnosis.explained):
        yield (
            f"{'diagnosis:' if place == 0 else '       or:'} {suspect.mutant.name} ({suspect.mutant.sentence}) gives {looked} "
            f"{failed} wrong answers, and the {diagnosis.right} right ones that were looked at"
        )
    if not diagnosis.explained:
        yield "diagnosis: no known bug gives all of these answers"
        for suspect in diagnosis.partial:
            yield (
                f"  nearest: {suspect.mutant.name} ({suspect.mutant.sentence}) gives {suspect.reproduced} of {diagnosis.wrong} "
                f"wrong answers, and would have failed {suspect.contradicted} of {diagnosis.right} right ones"
            )


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data, for JSON."""
    configuration, diagnosis = report.vectors.configuration, report.diagnosis
    return {
        "schema": SCHEMA,
        "generator": f"refsim {__version__}",
        "specification": SPECIFICATION,
        "file": report.vectors.path,
        "operation": configuration.title,
        "tier": report.vectors.tier,
        "device": report.device,
        "flags": report.flags,
        "nan": report.nan,
        "expected": report.expected,
        "answered": report.answered,
        "checked": report.checked,
        "failed": report.failed,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "trouble": report.trouble,
        "classes": [{"name": c.name, "checked": c.checked, "failed": c.failed} for c in report.classes],
        "failures": [
            {
                "line": f.line,
                "id": f.id,
                "class": f.class_name,
                "operands": [f"{value:#x}" for value in f.operands],
                "expected": [f"{value:#x}" for value in f.expected],
                "got": [f"{value:#x}" if value != UNKNOWN else "unknown" for value in f.got],
                "exact": _exact(configuration, f.operands),
                "clause": _clause(configuration, f.operands),
            }
            for f in report.failures
        ],
        "diagnosis": None
        if diagnosis is None
        else [
            {
                "mutant": s.mutant.name,
                "sentence": s.mutant.sentence,
                "explains": s in diagnosis.explained,
                "reproduced": s.reproduced,
                "wrong": diagnosis.wrong,
                "contradicted": s.contradicted,
                "right": diagnosis.right,
            }
            for s in (*diagnosis.explained, *diagnosis.partial)
        ],
    }


def _exact(about: Subject, operands: tuple[int, ...]) -> str | None:
    """The exact result as text, or the operation where none is projected; ``None`` where the specification puts another number
    in its place, and where there is nothing to write."""
    if isinstance(about, Applied):
        return about.procedure.explain(about.parameters, operands, about.results(operands)) or None
    if not about.is_projected:
        return written(about, operands)
    exact = about.exact(operands)
    return exact_text(exact) if is_told(about, operands, exact) else None


def as_json(reports: list[Report]) -> str:
    """Several reports as one JSON list."""
    return json.dumps([as_data(report) for report in reports], indent=1) + "\n"


def as_junit(reports: list[Report]) -> str:
    """Several reports as JUnit XML: a suite a file, a case a class of vectors."""
    root = ET.Element("testsuites", name="refsim")
    for report in reports:
        cases = report.classes or ()
        broken = bool(report.trouble) or not report.checked
        suite = ET.SubElement(
            root,
            "testsuite",
            name=report.vectors.path,
            tests=str(len(cases) + broken),
            failures=str(sum(c.failed > 0 for c in cases)),
            errors=str(int(broken)),
        )
        for count in cases:
            case = ET.SubElement(suite, "testcase", classname=report.vectors.path, name=count.name)
            if count.failed:
                lines = [
                    line
                    for f in report.failures
                    if f.class_name == count.name
                    for line in _failure(report.vectors.configuration, f)
                ]
                ET.SubElement(case, "failure", message=f"{count.failed} of {count.checked} vectors failed").text = "\n".join(
                    lines
                )
        if broken:
            case = ET.SubElement(suite, "testcase", classname=report.vectors.path, name="every vector is checked")
            ET.SubElement(case, "error", message=report.trouble or "nothing was checked")
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"
