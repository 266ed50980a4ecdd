"""A multiplier's Verilog in a simulator that was not written here."""

import shutil
import subprocess

import pytest

needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")

BENCH = """
module bench;
{wires}
  wire [{y}:0] y;
  reg [{word}:0] asked [0:{last}];
  integer i;
  multiplier dut({ports}, .y(y));
  initial begin
    $readmemh("asked.mem", asked);
    for (i = 0; i <= {last}; i = i + 1) begin
      {{{names}}} = asked[i];
      #1 $display("%h", y);
    end
  end
endmodule
"""


def simulated(multiplier, asked, folder):
    """The codes that Icarus Verilog gives for all operands; one that it does not know is an error."""
    names = "abc"[: len(multiplier.operands)]
    widths = [format.width for format in multiplier.operands]
    word = sum(widths)
    lines = []
    for codes in asked:
        packed = 0
        for code, width in zip(codes, widths, strict=True):
            packed = packed << width | code
        lines.append(f"{packed:0{(word + 3) // 4}x}")
    (folder / "asked.mem").write_text("\n".join(lines) + "\n")
    bench = BENCH.format(
        wires="\n".join(f"  reg [{width - 1}:0] {name};" for name, width in zip(names, widths, strict=True)),
        y=multiplier.to.format.width - 1,
        word=word - 1,
        last=len(asked) - 1,
        ports=", ".join(f".{name}({name})" for name in names),
        names=", ".join(names),
    )
    (folder / "all.v").write_text(multiplier.verilog + bench)
    assert ran(["iverilog", "-g2001", "-Wall", "-o", "bench", "all.v"], folder) == ""
    return [int(line, 16) for line in ran(["vvp", "-n", "bench"], folder).split()]


def ran(command, folder):
    """All that a program says, whose failure is an error."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder)
    return done.stdout
