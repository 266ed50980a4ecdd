// Layers in fixed point, one module a kind, each checking itself against a trace: it reads what the layer took and its parameters,
// computes the layer, and compares with what the trace says that it gave. Integers only; one sample after the other, channels
// first. This is a device to be replaced: put your own hardware behind the same files.

`timescale 1ns / 1ps

// What several layers need: rounding to the nearest, ties to even, and the ends of a width.
package fixed;
  // v / d to the nearest integer, ties to even; d > 0.
  function automatic longint nearest(input longint v, input longint d);
    longint q, r;
    q = v / d;
    r = v % d;
    if (r < 0) begin
      q = q - 1;
      r = r + d;
    end
    if (2 * r > d || (2 * r == d && q[0])) q = q + 1;
    return q;
  endfunction

  // v * 2**-s to the nearest integer, ties to even.
  function automatic longint shifted(input longint v, input integer s);
    return s > 0 ? nearest(v, 64'sd1 <<< s) : v <<< -s;
  endfunction

  // The nearest integer of w bits in two's complement.
  function automatic longint saturated(input longint v, input integer w);
    longint top;
    top = (64'sd1 <<< (w - 1)) - 1;
    return v > top ? top : v < -top - 1 ? -top - 1 : v;
  endfunction
endpackage

// Dot products below a kernel: a convolution, or, with one place, a dense layer. The sum starts from the bias; every sum that
// leaves the register is saturated. OUTPUT 1 brings it to YW bits by a shift. Channel by channel, then row by row. TRANSPOSED 1
// turns it over: every place of the result meets the places of the input from which the kernel reaches it, upper left first.
module products #(
    parameter NAME = "", X = "", WEIGHTS = "", BIAS = "", Y = "",
    parameter integer SAMPLES = 1, C = 1, H = 1, W = 1, O = 1, KH = 1, KW = 1, OH = 1, OW = 1,
    parameter integer SH = 1, SW = 1, TOP = 0, LEFT = 0, DH = 1, DW = 1, GROUPS = 1, PAD = 0, TRANSPOSED = 0,
    parameter integer XW = 8, WW = 8, BW = 0, AW = 24, YW = 24, BIAS_SHIFT = 0, OUTPUT = 0, SHIFT = 0
);
  import fixed::*;
  localparam integer DEPTH = C / GROUPS, EACH = O / GROUPS;
  localparam integer KERNELS = TRANSPOSED ? C * EACH : O * DEPTH;
  reg signed [XW-1:0] x[0:SAMPLES*C*H*W-1];
  reg signed [WW-1:0] weights[0:KERNELS*KH*KW-1];
  reg signed [(BW ? BW : 1)-1:0] bias[0:O-1];
  reg [YW-1:0] y[0:SAMPLES*O*OH*OW-1];
  longint acc, held;
  integer n, o, i, j, c, k, m, r, s, kk, mm, place, wrong;

  // The term of the kernel's element k, m of a channel; nothing where a kernel that is turned over does not reach.
  task automatic add(input integer channel, input integer k, input integer m);
    integer r, s;
    longint term;
    r = TRANSPOSED ? i + TOP - k * DH : i * SH + k * DH - TOP;
    s = TRANSPOSED ? j + LEFT - m * DW : j * SW + m * DW - LEFT;
    if (!TRANSPOSED || (r % SH == 0 && s % SW == 0)) begin
      if (TRANSPOSED) begin
        r = r / SH;
        s = s / SW;
      end
      term = r < 0 || r >= H || s < 0 || s >= W ? PAD : x[((n*C+channel)*H+r)*W+s];
      term = term * weights[((TRANSPOSED ? channel * EACH + o % EACH : o * DEPTH + channel % DEPTH) * KH + k) * KW + m];
      acc = saturated(acc + term, AW);
    end
  endtask

  initial begin
    wrong = 0;
    $readmemh(X, x);
    $readmemh(WEIGHTS, weights);
    if (BW != 0) $readmemh(BIAS, bias);
    $readmemh(Y, y);
    for (n = 0; n < SAMPLES; n = n + 1)
    for (o = 0; o < O; o = o + 1)
    for (i = 0; i < OH; i = i + 1)
    for (j = 0; j < OW; j = j + 1) begin
      acc = BW != 0 ? saturated(longint'(bias[o]) <<< BIAS_SHIFT, AW) : 0;
      for (c = (o / EACH) * DEPTH; c < (o / EACH + 1) * DEPTH; c = c + 1)
      for (k = 0; k < KH; k = k + 1)
      for (m = 0; m < KW; m = m + 1)
        if (TRANSPOSED) add(c, KH - 1 - k, KW - 1 - m);
        else add(c, k, m);
      held = OUTPUT != 0 ? saturated(shifted(acc, SHIFT), YW) : acc;
      place = ((n * O + o) * OH + i) * OW + j;
      if (held[YW-1:0] !== y[place]) begin
        if (wrong == 0) $display("%s: place %0d: %h, but the trace has %h", NAME, place, held[YW-1:0], y[place]);
        wrong = wrong + 1;
      end
    end
    bench.checked(NAME, wrong);
  end
endmodule

// Elements by themselves: KIND "convert", "relu", "add" of two inputs, or "fma", x * B + C with a number for each channel. Both
// terms of a sum are shifted by A and B to a common step, and from it by SHIFT.
module elements #(
    parameter NAME = "", X = "", X2 = "", X3 = "", Y = "", KIND = "convert",
    parameter integer COUNT = 1, CHANNELS = 1, INNER = 1, XW = 8, X2W = 8, X3W = 8, A = 0, B = 0, YW = 8, SHIFT = 0
);
  import fixed::*;
  localparam integer COUNT2 = KIND == "fma" ? CHANNELS : COUNT;
  reg signed [XW-1:0] x[0:COUNT-1];
  reg signed [X2W-1:0] x2[0:COUNT2-1];
  reg signed [X3W-1:0] x3[0:CHANNELS-1];
  reg [YW-1:0] y[0:COUNT-1];
  longint held;
  integer i, channel, wrong;

  initial begin
    wrong = 0;
    $readmemh(X, x);
    if (KIND == "add" || KIND == "fma") $readmemh(X2, x2);
    if (KIND == "fma") $readmemh(X3, x3);
    $readmemh(Y, y);
    for (i = 0; i < COUNT; i = i + 1) begin
      channel = i / INNER % CHANNELS;
      held = x[i];
      if (KIND == "fma") held = ((held * x2[channel]) <<< A) + (longint'(x3[channel]) <<< B);
      else held = held <<< A;
      if (KIND == "add") held = held + (longint'(x2[i]) <<< B);
      if (KIND == "relu" && held < 0) held = 0;
      held = saturated(shifted(held, SHIFT), YW);
      if (held[YW-1:0] !== y[i]) begin
        if (wrong == 0) $display("%s: place %0d: %h, but the trace has %h", NAME, i, held[YW-1:0], y[i]);
        wrong = wrong + 1;
      end
    end
    bench.checked(NAME, wrong);
  end
endmodule

// The greatest (AVERAGE 0) or the mean (AVERAGE 1) of the elements below a window; places outside the image take no part, unless
// COUNT_PADDING counts them. The quotient has MULTIPLY * sum over DIVIDE * elements.
module pool #(
    parameter NAME = "", X = "", Y = "",
    parameter integer SAMPLES = 1, C = 1, H = 1, W = 1, KH = 1, KW = 1, OH = 1, OW = 1, SH = 1, SW = 1, TOP = 0, LEFT = 0,
    parameter integer AVERAGE = 0, COUNT_PADDING = 0, MULTIPLY = 1, DIVIDE = 1, XW = 8, YW = 8
);
  import fixed::*;
  reg signed [XW-1:0] x[0:SAMPLES*C*H*W-1];
  reg [YW-1:0] y[0:SAMPLES*C*OH*OW-1];
  longint held, element;
  integer n, i, j, k, m, r, s, count, place, wrong;

  initial begin
    wrong = 0;
    $readmemh(X, x);
    $readmemh(Y, y);
    for (n = 0; n < SAMPLES * C; n = n + 1)
    for (i = 0; i < OH; i = i + 1)
    for (j = 0; j < OW; j = j + 1) begin
      held = 0;
      count = 0;
      for (k = 0; k < KH; k = k + 1)
      for (m = 0; m < KW; m = m + 1) begin
        r = i * SH + k - TOP;
        s = j * SW + m - LEFT;
        if (r >= 0 && r < H && s >= 0 && s < W) begin
          element = x[(n*H+r)*W+s];
          if (AVERAGE != 0) held = held + element;
          else if (count == 0 || element > held) held = element;
          count = count + 1;
        end
      end
      if (COUNT_PADDING != 0) count = KH * KW;
      if (AVERAGE != 0) held = saturated(nearest(held * MULTIPLY, longint'(count) * DIVIDE), YW);
      place = (n * OH + i) * OW + j;
      if (held[YW-1:0] !== y[place]) begin
        if (wrong == 0) $display("%s: place %0d: %h, but the trace has %h", NAME, place, held[YW-1:0], y[place]);
        wrong = wrong + 1;
      end
    end
    bench.checked(NAME, wrong);
  end
endmodule

// Codes that move: the result's place n, i, j of SAMPLES x PARTS x SIZE is the input's n, i / STEP, and so on. KIND "copy" puts an
// input at OFFSET of each sample's result; "upsample" repeats rows and columns; "maxout" takes the greatest of PIECES neighbours.
module moves #(
    parameter NAME = "", X = "", Y = "", KIND = "copy",
    parameter integer SAMPLES = 1, SIZE = 1, WHOLE = 1, OFFSET = 0, W = 1, H = 1, FH = 1, FW = 1, PIECES = 1, INNER = 1, XW = 8
);
  reg signed [XW-1:0] x[0:SAMPLES*SIZE-1];
  reg [XW-1:0] y[0:SAMPLES*WHOLE-1];
  reg signed [XW-1:0] held;
  integer n, i, k, place, from, count, wrong, groups;

  initial begin
    wrong = 0;
    $readmemh(X, x);
    $readmemh(Y, y);
    count = KIND == "copy" ? SIZE : WHOLE;
    for (n = 0; n < SAMPLES; n = n + 1)
    for (i = 0; i < count; i = i + 1) begin
      place = n * WHOLE + i + (KIND == "copy" ? OFFSET : 0);
      if (KIND == "upsample") begin
        from = i / (H * FH * W * FW);
        from = (from * H + (i / (W * FW)) % (H * FH) / FH) * W + i % (W * FW) / FW;
        held = x[n*SIZE+from];
      end else if (KIND == "maxout") begin
        from = i / INNER * PIECES * INNER + i % INNER;
        held = x[n*SIZE+from];
        for (k = 1; k < PIECES; k = k + 1) if (x[n*SIZE+from+k*INNER] > held) held = x[n*SIZE+from+k*INNER];
      end else held = x[n*SIZE+i];
      if (held !== $signed(y[place])) begin
        if (wrong == 0) $display("%s: place %0d: %h, but the trace has %h", NAME, place, held, y[place]);
        wrong = wrong + 1;
      end
    end
    bench.checked(NAME, wrong);
  end
endmodule
