"""A self-checking bench for a trace in fixed point: one module of layers.sv for each layer, run by Icarus Verilog.

    refsim network trace net.json --data digits --take 2 --specification --images --out trace
    python examples/trace_bench/make_bench.py trace build
    iverilog -g2012 -s bench -o build/bench examples/trace_bench/layers.sv build/bench.sv && vvp -N build/bench

Every layer is checked by itself, from what the trace says that it took: so what fails is the layer that is wrong. The layers
compute in integers: formats in fixed point, registers that saturate, ties to even. A network with other layers is refused.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from refsim.nn.traces import IMAGES, Trace, image_name, read_trace
from refsim.spec.accumulators import Sequential, Total
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Coding, Format, UniformGrid
from refsim.spec.layers import Conv2d, Dense, Elementwise
from refsim.spec.moves import Concat, Reshape, Upsample
from refsim.spec.networks import INPUT, Node
from refsim.spec.pooling import AveragePool, Maxout, MaxPool
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import TensorType, size
from refsim.spec.transposed import ConvTranspose2d

TOP = """// Every layer of the trace in {folder}, checked.
`timescale 1ns / 1ps
module bench;
  integer layers = 0, failures = 0;
  task automatic checked(input [8*64-1:0] name, input integer wrong);
    layers = layers + 1;
    if (wrong != 0) begin
      failures = failures + 1;
      $display("FAIL %0s: %0d codes differ", name, wrong);
    end else $display("pass %0s", name);
  endtask
{instances}
  initial begin
    #1;
    if (failures != 0 || layers != {count}) begin
      $display("FAIL: %0d of %0d checks, {count} expected", failures, layers);
      $fatal(1);
    end
    $display("PASS: %0d checks", layers);
    $finish;
  end
endmodule
"""


class Bench:
    """What the modules of one trace are made from."""

    def __init__(self, folder: Path, trace: Trace) -> None:
        self.folder, self.trace = folder, trace
        self.types = trace.found.network.types()

    def image(self, name: str) -> str:
        """The image of a result, as a string of SystemVerilog."""
        return f'"{(self.folder / IMAGES / image_name(name)).as_posix()}"'

    def parameter(self, name: str) -> str:
        """The image of a parameter."""
        return self.image(f"parameter {name}")

    def modules(self, node: Node) -> list[str]:
        """The instances that check a layer; ``ValueError`` for one that these modules cannot compute."""
        make = MODULES.get(type(node.rule))
        if make is None:
            raise ValueError(f"layer {node.name} is of a kind that layers.sv has no module for: {type(node.rule).__name__}")
        try:
            return make(self, node)
        except ValueError as error:
            raise ValueError(f"layer {node.name}: {error}") from None


def fraction(format: Format) -> int:
    """The bits behind the point of a signed format in fixed point; ``ValueError`` for any other."""
    if not isinstance(format.grid, UniformGrid) or format.coding is not Coding.TWOS_COMPLEMENT:
        raise ValueError(f"layers.sv computes in signed fixed point, which {format.name} is not")
    return -format.grid.quantum


def saturating(to: Projection, *, rounds: bool) -> Projection:
    """A projection as it is; ``ValueError`` for one that layers.sv does not have."""
    if to.overflow.name != "saturate" or (rounds and to.rounding.name != "ties_to_even"):
        raise ValueError(f"layers.sv saturates, and rounds ties to even, not {to}")
    return to


def instance(module: str, node: Node, part: str = "", /, **parameters: object) -> str:
    """One instance of a module."""
    name = f"{node.name}{part}"
    given = ", ".join([f'.NAME("{name}")', *(f".{key}({value})" for key, value in parameters.items())])
    return f"  {module} #({given}) m_{image_name(node.name).removesuffix('.hex')}_at{part[1:]} ();"


def images_of(type: TensorType) -> tuple[int, int, int]:
    """Channels, rows and columns; a vector is channels of one place each."""
    channels, rows, columns = (*type.shape, 1, 1)[:3] if len(type.shape) != 3 else type.shape
    return channels, rows, columns


def path_parameters(bench: Bench, node: Node, path: Datapath) -> dict[str, object]:
    """The widths and shifts of a datapath."""
    x = bench.types[node.inputs[0]]
    given = {role: bench.trace.found.network.parameters[name] for role, name in node.parameters}
    names, register = dict(node.parameters), path.accumulator.to
    plain = isinstance(path.accumulator, Sequential) and path.accumulator.group == 1 and path.accumulator.alignment is None
    if (
        not (plain or isinstance(path.accumulator, Total))
        or path.multiplier != ExactProduct()
        or set(given) - {"weights", "bias"}
    ):
        raise ValueError("layers.sv has exact products, summed one by one, and no scales")
    if path.bias != "first" and "bias" in given:
        raise ValueError("layers.sv adds a bias first")
    step = fraction(saturating(register, rounds=False).format)
    if step != fraction(x.format) + fraction(given["weights"].format):
        raise ValueError("layers.sv has registers with the step of the products")
    found: dict[str, object] = {
        "X": bench.image(node.inputs[0]),
        "WEIGHTS": bench.parameter(names["weights"]),
        "XW": x.format.width,
        "WW": given["weights"].format.width,
        "AW": register.format.width,
        "YW": path.to.format.width,
    }
    if "bias" in given:
        shift = step - fraction(given["bias"].format)
        if shift < 0:
            raise ValueError("layers.sv has biases with no more bits behind the point than the register")
        found |= {"BIAS": bench.parameter(names["bias"]), "BW": given["bias"].format.width, "BIAS_SHIFT": shift}
    if path.output is not None:
        found |= {"OUTPUT": 1, "SHIFT": step - fraction(saturating(path.output, rounds=True).format)}
    return found


def dense(bench: Bench, node: Node) -> list[str]:
    """A dense layer: a convolution with one place."""
    assert isinstance(node.rule, Dense)
    (outputs, inputs) = bench.trace.found.network.parameters[dict(node.parameters)["weights"]].shape
    if len(bench.types[node.name].shape) != 1:
        raise ValueError("layers.sv has dense layers of vectors")
    shape = {"SAMPLES": bench.trace.samples, "C": inputs, "O": outputs, "Y": bench.image(node.name)}
    return [instance("products", node, **path_parameters(bench, node, node.rule.path), **shape)]


def convolution(bench: Bench, node: Node) -> list[str]:
    """A convolution, turned over or not."""
    rule = node.rule
    assert isinstance(rule, Conv2d | ConvTranspose2d)
    weights = bench.trace.found.network.parameters[dict(node.parameters)["weights"]].shape
    x, y = images_of(bench.types[node.inputs[0]]), images_of(bench.types[node.name])
    turned = isinstance(rule, ConvTranspose2d)
    pad = int(bench.types[node.inputs[0]].format.decode(rule.pad) * 2 ** fraction(bench.types[node.inputs[0]].format))
    if rule.window.order != "channels_first" or (turned and pad):
        raise ValueError("layers.sv sums channel by channel, and has zero around what it turns over")
    shape = dict(zip(("C", "H", "W", "O", "OH", "OW", "KH", "KW"), (*x, *y, *weights[2:]), strict=True))
    window = dict(
        zip(
            ("SH", "SW", "TOP", "LEFT", "DH", "DW", "GROUPS", "PAD", "TRANSPOSED"),
            (*rule.window.stride, *rule.window.padding[::2], *rule.window.dilation, rule.window.groups, pad, int(turned)),
            strict=True,
        )
    )
    path = path_parameters(bench, node, rule.path)
    return [instance("products", node, **path, SAMPLES=bench.trace.samples, **shape, **window, Y=bench.image(node.name))]


KINDS = {"convert": 1, "relu": 1, "add": 2, "fma": 1}
"""The operations on elements, and how many inputs each takes; the others of fma's are parameters."""


def elements(bench: Bench, node: Node) -> list[str]:
    """An operation on elements."""
    rule, y, names = node.rule, bench.types[node.name], dict(node.parameters)
    assert isinstance(rule, Elementwise)
    if KINDS.get(rule.operation) != len(node.inputs) or rule.to is None or list(names) not in ([], ["b", "c"]):
        raise ValueError(f"layers.sv has the operations {', '.join(KINDS)} with b and c as parameters, not {rule.operation}")
    xs = [bench.types[name] for name in node.inputs]
    if node.inputs == (INPUT,) and not isinstance(xs[0].format.grid, UniformGrid):
        return []  # The input's numbers become codes before the hardware begins.
    steps = [fraction(x.format) for x in xs]
    given: dict[str, object] = {}
    if len(xs) == 2:
        given = {"X2": bench.image(node.inputs[1]), "X2W": xs[1].format.width}
    if names:
        b, c = (bench.trace.found.network.parameters[names[role]] for role in "bc")
        steps = [steps[0] + fraction(b.format), fraction(c.format)]
        given = {"X2": bench.parameter(names["b"]), "X3": bench.parameter(names["c"]), "CHANNELS": y.shape[0]}
        given |= {"X2W": b.format.width, "X3W": c.format.width, "INNER": size(y.shape[1:])}
        if {b.shape, c.shape} != {y.shape[:1]}:
            raise ValueError("layers.sv has parameters with a number for each channel")
    common = max(steps)
    given |= {
        "X": bench.image(node.inputs[0]),
        "Y": bench.image(node.name),
        "KIND": f'"{rule.operation}"',
        "COUNT": bench.trace.samples * size(y.shape),
        "XW": xs[0].format.width,
        "A": common - steps[0],
        "B": common - steps[-1],
        "YW": y.format.width,
        "SHIFT": common - fraction(saturating(rule.to, rounds=True).format),
    }
    return [instance("elements", node, **given)]


def pool(bench: Bench, node: Node) -> list[str]:
    """A pool over windows, or over the whole image."""
    rule, x, y = node.rule, bench.types[node.inputs[0]], bench.types[node.name]
    assert isinstance(rule, MaxPool | AveragePool)
    fraction(x.format)
    (c, h, w), (_, rows, columns) = images_of(x), images_of(y)
    kernel = rule.kernel or (h, w)
    if rule.window.dilation != (1, 1) or rule.ceil:
        raise ValueError("layers.sv has pools of neighbouring places, and of whole windows")
    given: dict[str, object] = {"AVERAGE": 0}
    if isinstance(rule, AveragePool):
        saturating(rule.to, rounds=True)
        wide = rule.accumulator.to.format
        if not isinstance(rule.accumulator, Sequential | Total) or wide.width < x.format.width + (h * w).bit_length():
            raise ValueError("layers.sv has means of sums that always fit")
        up = fraction(y.format) - fraction(x.format)
        given = {
            "AVERAGE": 1,
            "COUNT_PADDING": int(rule.count_padding),
            "MULTIPLY": 2 ** max(up, 0),
            "DIVIDE": 2 ** max(-up, 0),
        }
    return [
        instance(
            "pool",
            node,
            X=bench.image(node.inputs[0]),
            Y=bench.image(node.name),
            SAMPLES=bench.trace.samples,
            **dict(zip(("C", "H", "W", "KH", "KW", "OH", "OW"), (c, h, w, *kernel, rows, columns), strict=True)),
            **dict(zip(("SH", "SW", "TOP", "LEFT"), (*rule.window.stride, *rule.window.padding[::2]), strict=True)),
            **given,
            XW=x.format.width,
            YW=y.format.width,
        )
    ]


def moves(bench: Bench, node: Node) -> list[str]:
    """Codes that move, input by input."""
    rule, y, found, offset = node.rule, bench.types[node.name], [], 0
    if isinstance(rule, Concat) and rule.axis != 0:
        raise ValueError("layers.sv joins along the channels")
    for i, name in enumerate(node.inputs):
        x = bench.types[name]
        _, h, w = images_of(x)
        given: dict[str, object] = {"KIND": '"copy"', "OFFSET": offset}
        if isinstance(rule, Upsample):
            given = {"KIND": '"upsample"', "H": h, "W": w, "FH": rule.factor[0], "FW": rule.factor[1]}
        elif isinstance(rule, Maxout):
            given = {"KIND": '"maxout"', "PIECES": rule.pieces, "INNER": size(x.shape[1:])}
        given |= {"X": bench.image(name), "Y": bench.image(node.name), "SAMPLES": bench.trace.samples}
        given |= {"SIZE": size(x.shape), "WHOLE": size(y.shape), "XW": x.format.width}
        found.append(instance("moves", node, f"@{i}" if len(node.inputs) > 1 else "", **given))
        offset += size(x.shape)
    return found


MODULES: dict[type, Callable[[Bench, Node], list[str]]] = {
    Dense: dense,
    Conv2d: convolution,
    ConvTranspose2d: convolution,
    Elementwise: elements,
    MaxPool: pool,
    AveragePool: pool,
    Concat: moves,
    Reshape: moves,
    Upsample: moves,
    Maxout: moves,
}
"""What makes the modules of a layer, by the record of its rule."""


def make_bench(folder: Path, out: Path) -> Path:
    """Write the bench of a trace, and say where."""
    trace = read_trace(folder)
    bench = Bench(folder.resolve(), trace)
    instances = [text for node in trace.found.network.nodes for text in bench.modules(node)]
    out.mkdir(parents=True, exist_ok=True)
    file = out / "bench.sv"
    file.write_text(TOP.format(folder=folder.name, instances="\n".join(instances), count=len(instances)), "ascii")
    return file


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("use: make_bench.py TRACE_FOLDER OUT_FOLDER")
    try:
        print(make_bench(Path(sys.argv[1]), Path(sys.argv[2])))
    except (ValueError, OSError) as error:
        sys.exit(f"make_bench.py: {error}")
