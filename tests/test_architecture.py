"""The repository keeps its own rules: who imports whom, how long files are, and that the specification is exact."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import refsim

PACKAGE = Path(refsim.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "__init__": {"spec", "engine", "version"},
    "__main__": {"cli"},
    "version": set(),
    "clauses": set(),
    "spec": {"spec"},
    "engine": {"engine", "spec"},
    "nn": {"nn", "engine", "spec"},
    "campaigns": {"campaigns", "nn", "engine", "spec", "version"},
    "studies": {"studies", "campaigns", "nn", "engine", "spec", "version"},
    "vectors": {"vectors", "spec", "clauses", "version"},
    "testing": {"testing", "vectors", "spec"},
    "cli": {"cli", "studies", "campaigns", "nn", "vectors", "engine", "spec", "clauses", "version"},
}
"""The arrows: what each part of the package imports of the others."""

RUNS_THE_ENGINE = ("vectors/verify", "vectors/devices")
"""Golden data come from the specification; only what judges answers may run the engine."""

LIBRARIES = {
    "spec": set(),
    "engine": {"numpy", "ml_dtypes", "bitstring"},
    "vectors": {"numpy", "bitstring"},
    "testing": {"hypothesis", "pytest", "numpy"},
    "cli": {"click", "rich", "numpy", "bitstring"},
    "nn": {"numpy", "onnx", "sklearn", "scipy"},
    "campaigns": {"numpy", "scipy", "matplotlib", "rich", "dask", "distributed"},
    "studies": {"numpy", "sklearn", "matplotlib"},
}
"""What each part imports that is not in the standard library; the others import nothing."""

LONGEST = 300
LONGER: dict[str, str] = {}
"""Files of more than 300 lines, with the reason."""


def part(module):
    """The part of the package to which a file belongs."""
    return module.parts[0].removesuffix(".py")


@functools.cache
def parsed(module):
    """The syntax tree of a file."""
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


@functools.cache
def imports(module):
    """The absolute names that a file imports, and whether each is imported when the file is."""
    found = []
    tree = parsed(module)
    inner = {child for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for child in ast.walk(node)}
    here = ["refsim", *module.with_suffix("").parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: -node.level] if node.level else []
            origin = [*base, *(node.module.split(".") if node.module else [])]
            names = [".".join([*origin, alias.name]) for alias in node.names]
        else:
            continue
        found += [(name, node not in inner) for name in names]
    return found


def imported_parts(module):
    """The parts of the package that a file imports."""
    return {name.split(".")[1] for name, _ in imports(module) if name.startswith("refsim.")}


def libraries(module):
    """The top-level names of other packages that a file imports."""
    names = {name.split(".")[0] for name, _ in imports(module)}
    return names - set(sys.stdlib_module_names) - {"refsim"}


def only_wrong(found):
    """The files with something wrong in them, and what it is."""
    return {module: what for module, what in found.items() if what}


def called(node):
    """The name of the function that a node calls, if it is a call."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else None


def test_arrows():
    """A file imports of the package what its part may import, and of the engine only to verify."""
    parts = {path.stem if len(path.parts) == 1 else path.parts[0] for path in MODULES}
    wrong = {}
    for module in MODULES:
        engine = {"engine"} if str(module).startswith(RUNS_THE_ENGINE) else set()
        wrong[str(module)] = (imported_parts(module) & parts) - MAY_IMPORT[part(module)] - engine
    assert only_wrong(wrong) == {}


def test_libraries():
    """A file imports the libraries of its part and no others; the specification has none."""
    wrong = {str(module): libraries(module) - LIBRARIES.get(part(module), set()) for module in MODULES}
    assert only_wrong(wrong) == {}


def test_optional_libraries_are_imported_late():
    """What an extra installs, and the tests of other people, is never imported by importing the package's core."""
    optional = {"ml_dtypes", "matplotlib", "sklearn", "scipy", "dask", "distributed", "onnx", "onnxruntime"}
    wrong = {}
    for module in MODULES:
        at_once = {name.split(".")[0] for name, at_once in imports(module) if at_once}
        testing = part(module) == "testing"
        wrong[str(module)] = at_once & (optional if testing else optional | {"hypothesis", "pytest"})
        if not testing:
            wrong[str(module)] |= {"testing"} & imported_parts(module)
    assert only_wrong(wrong) == {}


def test_length():
    """A file has at most 300 lines, unless it is listed with a reason; a listed one is as long as that."""
    lines = {path.as_posix(): len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if (count > LONGEST) != (path in LONGER)} == {}


def test_reasons_name_files():
    """Every listed file exists, and every part has its arrows."""
    assert set(LONGER) <= {module.as_posix() for module in MODULES}
    assert {part(module) for module in MODULES} <= set(MAY_IMPORT)


def test_the_specification_is_exact():
    """No float stands in the specification: no literal, no ``float``, no ``math``. How alike two names are is no number."""
    inexact = {"math", "cmath", "decimal", "random", "numpy"}
    wrong = {}
    for module in (module for module in MODULES if part(module) == "spec"):
        nodes = list(ast.walk(parsed(module)))
        likeness = {leaf for node in nodes if called(node) == "get_close_matches" for leaf in ast.walk(node)}
        constants = [node for node in nodes if isinstance(node, ast.Constant) and node not in likeness]
        floats = {node.lineno for node in constants if isinstance(node.value, float | complex)}
        names = {node.lineno for node in nodes if isinstance(node, ast.Name) and node.id in {"float", "complex"}}
        wrong[str(module)] = floats | names | inexact & {name.split(".")[0] for name, _ in imports(module)}
    assert only_wrong(wrong) == {}


def test_importing_the_package_is_light():
    """The command line's libraries, the test libraries and the optional ones stay out until they are asked for."""
    heavy = ["click", "rich", "bitstring", "hypothesis", "pytest", "ml_dtypes", "matplotlib", "sklearn"]
    heavy += ["refsim.testing", "refsim.cli", "refsim.vectors"]
    code = f"import sys, refsim; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_specification_needs_the_standard_library_only():
    """With every other library out of reach, the specification works by itself."""
    code = (
        "import sys, types; sys.modules['numpy'] = None; package = types.ModuleType('refsim');"
        f"package.__path__ = [{str(PACKAGE)!r}]; sys.modules['refsim'] = package;"
        "from refsim.spec.projection import Projection;"
        "print(Projection('float8_e4m3fn', 'ties_to_even', 'saturate')(3).code)"
    )
    found = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(0x44)


def test_public_names():
    """Every name that the package lists is there, once, with a docstring."""
    for module in (refsim, refsim.spec, refsim.engine):
        assert len(module.__all__) == len(set(module.__all__))
        for name in module.__all__:
            assert getattr(module, name) is not None
            assert getattr(module, name).__doc__
