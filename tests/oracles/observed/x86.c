/* SSE, FMA3, F16C, SSE4.1 and AVX-512 on an x86-64 processor. */
#include "probe.h"

static void begin(int rounding, int subnormals) {
  static const unsigned control[] = {0, 1, 2, 3};
  unsigned csr = 0x1f80 | control[rounding] << 13;
  if (subnormals == FLUSH_OUTPUTS || subnormals == FLUSH) csr |= 1 << 15;
  if (subnormals == FLUSH_INPUTS || subnormals == FLUSH) csr |= 1 << 6;
  __asm__ volatile("ldmxcsr %0" : : "m"(csr));
}

static unsigned end(void) {
  unsigned csr;
  __asm__ volatile("stmxcsr %0" : "=m"(csr));
  return (csr >> 5 & 1) | (csr >> 4 & 1) << 1 | (csr >> 3 & 1) << 2 | (csr >> 2 & 1) << 3 | (csr & 1) << 4;
}

#define X(name, T, R, text) INSTRUCTION(name, T, R, "x", "x", text)
#define BINARY(name, op) X(name##_s, float, float, op "ss %2, %1, %0") X(name##_d, double, double, op "sd %2, %1, %0")
BINARY(add, "vadd")
BINARY(sub, "vsub")
BINARY(mul, "vmul")
BINARY(div, "vdiv")
X(add_old, float, float, "movaps %1, %0; addss %2, %0")
X(mul_old, float, float, "movaps %1, %0; mulss %2, %0")
X(sqrt_s, float, float, "sqrtss %1, %0")
X(sqrt_d, double, double, "sqrtsd %1, %0")
/* a * b + c in the three forms of the instruction. */
X(fma231, float, float, "movaps %3, %0; vfmadd231ss %2, %1, %0")
X(fma213, float, float, "movaps %2, %0; vfmadd213ss %3, %1, %0")
X(fma132, float, float, "movaps %1, %0; vfmadd132ss %2, %3, %0")
X(fma_d, double, double, "movapd %3, %0; vfmadd231sd %2, %1, %0")
X(s_to_d, float, double, "cvtss2sd %1, %0")
X(d_to_s, double, float, "cvtsd2ss %1, %0")
X(round_s, float, float, "roundss $4, %1, %0")
X(round_quiet_s, float, float, "roundss $12, %1, %0")
X(range_min, float, float, "vrangess $4, %2, %1, %0")
X(range_max, float, float, "vrangess $5, %2, %1, %0")
X(range_min_mag, float, float, "vrangess $6, %2, %1, %0")
X(range_max_mag, float, float, "vrangess $7, %2, %1, %0")

#define TO_INTEGER(name, T, R, text) INSTRUCTION(name, T, R, "x", "r", text)
#define SIGNED(name, s, op)                                                             \
  TO_INTEGER(name##_32, s, int32_t, op " %1, %0") TO_INTEGER(name##_64, s, int64_t, op " %1, %q0")
SIGNED(trunc_s, float, "cvttss2si")
SIGNED(trunc_d, double, "cvttsd2si")
SIGNED(int_s, float, "cvtss2si")
SIGNED(int_d, double, "cvtsd2si")
SIGNED(utrunc_s, float, "vcvttss2usi")
SIGNED(utrunc_d, double, "vcvttsd2usi")
SIGNED(uint_s, float, "vcvtss2usi")
SIGNED(uint_d, double, "vcvtsd2usi")

static uint64_t s_to_h(const uint64_t *x) {
  uint32_t out;
  __asm__ volatile("vmovd %1, %%xmm0; vcvtps2ph $4, %%xmm0, %%xmm1; vmovd %%xmm1, %0"
                   : "=r"(out) : "r"((uint32_t)x[0]) : "xmm0", "xmm1");
  return out & 0xffff;
}

static uint64_t h_to_s(const uint64_t *x) {
  uint32_t out;
  __asm__ volatile("vmovd %1, %%xmm0; vcvtph2ps %%xmm0, %%xmm1; vmovd %%xmm1, %0"
                   : "=r"(out) : "r"((uint32_t)x[0]) : "xmm0", "xmm1");
  return out;
}

#define COMPARE(name, imm)                                                                              \
  static uint64_t name(const uint64_t *x) {                                                             \
    uint32_t out;                                                                                       \
    __asm__ volatile("vmovd %1, %%xmm0; vmovd %2, %%xmm1; vcmpss $" #imm ", %%xmm1, %%xmm0, %%xmm0; "   \
                     "vmovd %%xmm0, %0" : "=r"(out) : "r"((uint32_t)x[0]), "r"((uint32_t)x[1]) : "xmm0", "xmm1"); \
    return out & 1;                                                                                     \
  }
COMPARE(q_equal, 0x00) COMPARE(q_not_equal, 0x04) COMPARE(q_less, 0x11) COMPARE(q_less_equal, 0x12)
COMPARE(q_greater, 0x1e) COMPARE(q_greater_equal, 0x1d) COMPARE(q_not_less, 0x15) COMPARE(q_greater_unordered, 0x16)
COMPARE(q_not_greater, 0x1a) COMPARE(q_less_unordered, 0x19) COMPARE(q_unordered, 0x03) COMPARE(q_ordered, 0x07)
COMPARE(s_equal, 0x10) COMPARE(s_not_equal, 0x14) COMPARE(s_less, 0x01) COMPARE(s_less_equal, 0x02)
COMPARE(s_greater, 0x0e) COMPARE(s_greater_equal, 0x0d) COMPARE(s_not_less, 0x05) COMPARE(s_greater_unordered, 0x06)
COMPARE(s_not_greater, 0x0a) COMPARE(s_less_unordered, 0x09)

#define S "binary32"
#define D "binary64"
static const Probe ARITHMETIC[] = {{"add", S, S, 2, add_s},      {"subtract", S, S, 2, sub_s}, {"multiply", S, S, 2, mul_s},
                                   {"divide", S, S, 2, div_s},   {"add", S, S, 2, add_old},    {"multiply", S, S, 2, mul_old},
                                   {"sqrt", S, S, 1, sqrt_s}};
static const Probe RANGES[] = {{"min_num", S, S, 2, range_min},
                               {"max_num", S, S, 2, range_max},
                               {"min_num_mag", S, S, 2, range_min_mag},
                               {"max_num_mag", S, S, 2, range_max_mag}};
static const Probe DOUBLES[] = {{"add", D, D, 2, add_d},    {"subtract", D, D, 2, sub_d}, {"multiply", D, D, 2, mul_d},
                                {"divide", D, D, 2, div_d}, {"sqrt", D, D, 1, sqrt_d}};
static const Probe FUSED[] = {{"fma", S, S, 3, fma231}, {"fma", S, S, 3, fma213}, {"fma", S, S, 3, fma132}};
static const Probe FUSED_DOUBLE[] = {{"fma", D, D, 3, fma_d}};
static const Probe FROM_SINGLE[] = {{"convert", S, D, 1, s_to_d}, {"convert", S, "binary16", 1, s_to_h}};
static const Probe FROM_DOUBLE[] = {{"convert", D, S, 1, d_to_s}};
static const Probe FROM_HALF[] = {{"convert", "binary16", S, 1, h_to_s}};
static const Probe INTEGERS[] = {{"convert", S, "int32", 1, int_s_32},   {"convert", S, "int64", 1, int_s_64},
                                 {"convert", S, "uint32", 1, uint_s_32}, {"convert", S, "uint64", 1, uint_s_64},
                                 {"round_to_integral_exact", S, S, 1, round_s}, {"round_to_integral", S, S, 1, round_quiet_s}};
static const Probe DOUBLE_INTEGERS[] = {{"convert", D, "int32", 1, int_d_32},   {"convert", D, "int64", 1, int_d_64},
                                        {"convert", D, "uint32", 1, uint_d_32}, {"convert", D, "uint64", 1, uint_d_64}};
static const Probe TRUNCATED[] = {{"convert", S, "int32", 1, trunc_s_32},   {"convert", S, "int64", 1, trunc_s_64},
                                  {"convert", S, "uint32", 1, utrunc_s_32}, {"convert", S, "uint64", 1, utrunc_s_64}};
static const Probe DOUBLE_TRUNCATED[] = {{"convert", D, "int32", 1, trunc_d_32},   {"convert", D, "int64", 1, trunc_d_64},
                                         {"convert", D, "uint32", 1, utrunc_d_32}, {"convert", D, "uint64", 1, utrunc_d_64}};
static const Probe PREDICATES[] = {
#define Q(name) {"compare_quiet_" #name, S, "uint1", 2, q_##name}
#define G(name) {"compare_signaling_" #name, S, "uint1", 2, s_##name}
    Q(equal), Q(not_equal), Q(less), Q(less_equal), Q(greater), Q(greater_equal), Q(not_less), Q(greater_unordered),
    Q(not_greater), Q(less_unordered), Q(unordered), Q(ordered), G(equal), G(not_equal), G(less), G(less_equal), G(greater),
    G(greater_equal), G(not_less), G(greater_unordered), G(not_greater), G(less_unordered)};
#define ALL(probes) probes, SIZE(probes)

int main(void) {
  observe_all(ALL(ARITHMETIC), NEAREST, KEEP, ON(SINGLE));
  observe_all(ALL(RANGES), NEAREST, KEEP, ON(SINGLE));
  observe_all(ALL(DOUBLES), NEAREST, KEEP, DOUBLE + 4, 12);
  observe_all(ALL(FUSED), NEAREST, KEEP, ON(SINGLES));
  observe_all(ALL(FUSED_DOUBLE), NEAREST, KEEP, ON(DOUBLES_OF_THREE));
  observe_all(ALL(PREDICATES), NEAREST, KEEP, ON(COMPARED));
  for (int subnormals = KEEP; subnormals <= FLUSH; subnormals++) {
    observe_all(ALL(ARITHMETIC), NEAREST, subnormals, ON(TINY));
    observe_all(ALL(FROM_DOUBLE), NEAREST, subnormals, ON(NARROW));
    observe_all(ALL(FROM_SINGLE), NEAREST, subnormals, ON(TINY));
    observe(&FUSED[0], NEAREST, subnormals, TINY + 4, 7);
  }
  for (int rounding = NEAREST; rounding <= ZERO; rounding++) {
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(SINGLE));
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(TIES));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(DOUBLE));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(NARROW));
    observe_all(ALL(INTEGERS), rounding, KEEP, ON(ROUND_SINGLE));
    observe_all(ALL(DOUBLE_INTEGERS), rounding, KEEP, ON(ROUND_DOUBLE));
  }
  observe_all(ALL(FROM_HALF), NEAREST, KEEP, ON(HALF));
  observe_all(ALL(TRUNCATED), ZERO, KEEP, ON(ROUND_SINGLE));
  observe_all(ALL(DOUBLE_TRUNCATED), ZERO, KEEP, ON(ROUND_DOUBLE));
  return 0;
}
