/* A64 floating point, half precision, BFCVT, FJCVTZS and FCVTXN among it, on an Arm processor or QEMU. */
#include "probe.h"

static void begin(int rounding, int subnormals) {
  static const uint64_t control[] = {0, 2, 1, 3, 0};
  uint64_t fpcr = control[rounding] << 22, none = 0;
  if (subnormals == FLUSH) fpcr |= 1 << 24 | 1 << 19;
  if (subnormals < 0) fpcr |= 1 << 25;
  __asm__ volatile("msr fpcr, %0; msr fpsr, %1" : : "r"(fpcr), "r"(none));
}

static unsigned end(void) {
  uint64_t fpsr, none = 0;
  __asm__ volatile("mrs %0, fpsr; msr fpcr, %1" : "=r"(fpsr) : "r"(none));
  return (fpsr >> 4 & 1) | (fpsr >> 3 & 1) << 1 | (fpsr >> 2 & 1) << 2 | (fpsr >> 1 & 1) << 3 | (fpsr & 1) << 4;
}

typedef __fp16 half;
#define A(name, T, R, text) INSTRUCTION(name, T, R, "w", "w", text)
#define EACH(name, op, operands_h, operands_s, operands_d) \
  A(name##_h, half, half, op " " operands_h)               \
  A(name##_s, float, float, op " " operands_s)             \
  A(name##_d, double, double, op " " operands_d)
#define BINARY(name, op) EACH(name, op, "%h0, %h1, %h2", "%s0, %s1, %s2", "%d0, %d1, %d2")
#define UNARY(name, op) EACH(name, op, "%h0, %h1", "%s0, %s1", "%d0, %d1")
BINARY(add, "fadd")
BINARY(sub, "fsub")
BINARY(mul, "fmul")
BINARY(div, "fdiv")
#define EXTREMUM(name, op) A(name##_h, half, half, op " %h0, %h1, %h2") A(name##_s, float, float, op " %s0, %s1, %s2")
EXTREMUM(min, "fmin")
EXTREMUM(max, "fmax")
EXTREMUM(min_num, "fminnm")
EXTREMUM(max_num, "fmaxnm")
UNARY(sqrt, "fsqrt")
A(neg_h, half, half, "fneg %h0, %h1")
A(abs_h, half, half, "fabs %h0, %h1")
A(neg_s, float, float, "fneg %s0, %s1")
A(abs_s, float, float, "fabs %s0, %s1")
A(rint_exact, float, float, "frintx %s0, %s1")
A(rint_quiet, float, float, "frinti %s0, %s1")
A(rint_away, float, float, "frinta %s0, %s1")
EACH(fma, "fmadd", "%h0, %h1, %h2, %h3", "%s0, %s1, %s2, %s3", "%d0, %d1, %d2, %d3")
A(h_to_s, half, float, "fcvt %s0, %h1")
A(h_to_d, half, double, "fcvt %d0, %h1")
A(s_to_h, float, half, "fcvt %h0, %s1")
A(s_to_d, float, double, "fcvt %d0, %s1")
A(s_to_bf, float, half, "bfcvt %h0, %s1")
A(d_to_h, double, half, "fcvt %h0, %d1")
A(d_to_s, double, float, "fcvt %s0, %d1")
A(d_to_s_odd, double, float, "fcvtxn %s0, %d1")

#define TO_INTEGER(name, op)                                           \
  INSTRUCTION(name##_s32, float, int32_t, "w", "r", op " %w0, %s1")    \
  INSTRUCTION(name##_s64, float, int64_t, "w", "r", op " %x0, %s1")    \
  INSTRUCTION(name##_d32, double, int32_t, "w", "r", op " %w0, %d1")   \
  INSTRUCTION(name##_d64, double, int64_t, "w", "r", op " %x0, %d1")
TO_INTEGER(zs, "fcvtzs")
TO_INTEGER(zu, "fcvtzu")
TO_INTEGER(ns, "fcvtns")
TO_INTEGER(nu, "fcvtnu")
TO_INTEGER(as, "fcvtas")
TO_INTEGER(au, "fcvtau")
TO_INTEGER(ms, "fcvtms")
TO_INTEGER(mu, "fcvtmu")
TO_INTEGER(ps, "fcvtps")
TO_INTEGER(pu, "fcvtpu")
INSTRUCTION(javascript, double, int32_t, "w", "r", "fjcvtzs %w0, %d1")

/* The condition is read into a register in the same statement as the comparison. */
#define COMPARE(name, op, condition) \
  INSTRUCTION(name, float, uint32_t, "w", "r", op " %s1, %s2; cset %w0, " condition)
COMPARE(q_equal, "fcmp", "eq") COMPARE(q_not_equal, "fcmp", "ne") COMPARE(q_less, "fcmp", "mi")
COMPARE(q_less_equal, "fcmp", "ls") COMPARE(q_greater, "fcmp", "gt") COMPARE(q_greater_equal, "fcmp", "ge")
COMPARE(q_not_less, "fcmp", "pl") COMPARE(q_greater_unordered, "fcmp", "hi") COMPARE(q_not_greater, "fcmp", "le")
COMPARE(q_less_unordered, "fcmp", "lt") COMPARE(q_unordered, "fcmp", "vs") COMPARE(q_ordered, "fcmp", "vc")
COMPARE(s_equal, "fcmpe", "eq") COMPARE(s_not_equal, "fcmpe", "ne") COMPARE(s_less, "fcmpe", "mi")
COMPARE(s_less_equal, "fcmpe", "ls") COMPARE(s_greater, "fcmpe", "gt") COMPARE(s_greater_equal, "fcmpe", "ge")
COMPARE(s_not_less, "fcmpe", "pl") COMPARE(s_greater_unordered, "fcmpe", "hi") COMPARE(s_not_greater, "fcmpe", "le")
COMPARE(s_less_unordered, "fcmpe", "lt")

#define H "binary16"
#define S "binary32"
#define D "binary64"
#define ARITHMETIC_OF(F, t)                                                                                      \
  {"add", F, F, 2, add_##t}, {"subtract", F, F, 2, sub_##t}, {"multiply", F, F, 2, mul_##t},                     \
      {"divide", F, F, 2, div_##t}, {"sqrt", F, F, 1, sqrt_##t}
#define EXTREMA_OF(F, t)                                                                                         \
  {"minimum", F, F, 2, min_##t}, {"maximum", F, F, 2, max_##t}, {"min_num", F, F, 2, min_num_##t},               \
      {"max_num", F, F, 2, max_num_##t}, {"negate", F, F, 1, neg_##t}, {"absolute", F, F, 1, abs_##t}
static const Probe HALF_ARITHMETIC[] = {ARITHMETIC_OF(H, h), EXTREMA_OF(H, h)};
static const Probe ARITHMETIC[] = {ARITHMETIC_OF(S, s)};
static const Probe EXTREMA[] = {EXTREMA_OF(S, s)};
static const Probe DOUBLES[] = {ARITHMETIC_OF(D, d)};
static const Probe FUSED_HALF[] = {{"fma", H, H, 3, fma_h}};
static const Probe FUSED[] = {{"fma", S, S, 3, fma_s}};
static const Probe FUSED_DOUBLE[] = {{"fma", D, D, 3, fma_d}};
static const Probe FROM_HALF[] = {{"convert", H, S, 1, h_to_s}, {"convert", H, D, 1, h_to_d}};
static const Probe FROM_SINGLE[] = {
    {"convert", S, H, 1, s_to_h}, {"convert", S, D, 1, s_to_d}, {"convert", S, "bfloat16", 1, s_to_bf}};
static const Probe SINGLE_TO_DOUBLE[] = {{"convert", S, D, 1, s_to_d}};
static const Probe FROM_DOUBLE[] = {{"convert", D, S, 1, d_to_s}, {"convert", D, H, 1, d_to_h}};
static const Probe DOUBLE_TO_SINGLE[] = {{"convert", D, S, 1, d_to_s}};
static const Probe INTEGRAL[] = {{"round_to_integral_exact", S, S, 1, rint_exact}, {"round_to_integral", S, S, 1, rint_quiet}};
static const Probe INTEGRAL_AWAY[] = {{"round_to_integral", S, S, 1, rint_away}};
#define INTEGERS_OF(F, t, s, u)                                                                                  \
  {"convert", F, "int32", 1, s##_##t##32}, {"convert", F, "int64", 1, s##_##t##64},                              \
      {"convert", F, "uint32", 1, u##_##t##32}, {"convert", F, "uint64", 1, u##_##t##64}
static const Probe INTEGERS[5][4] = {{INTEGERS_OF(S, s, ns, nu)}, {INTEGERS_OF(S, s, ms, mu)}, {INTEGERS_OF(S, s, ps, pu)},
                                     {INTEGERS_OF(S, s, zs, zu)}, {INTEGERS_OF(S, s, as, au)}};
static const Probe DOUBLE_INTEGERS[5][4] = {{INTEGERS_OF(D, d, ns, nu)}, {INTEGERS_OF(D, d, ms, mu)},
                                            {INTEGERS_OF(D, d, ps, pu)}, {INTEGERS_OF(D, d, zs, zu)},
                                            {INTEGERS_OF(D, d, as, au)}};
static const Probe JAVASCRIPT[] = {{"convert.modular", D, "int32", 1, javascript}};
static const Probe ODD[] = {{"convert.odd", D, S, 1, d_to_s_odd}};
#define Q(name) {"compare_quiet_" #name, S, "uint1", 2, q_##name}
#define G(name) {"compare_signaling_" #name, S, "uint1", 2, s_##name}
static const Probe PREDICATES[] = {
    Q(equal), Q(not_equal), Q(less), Q(less_equal), Q(greater), Q(greater_equal), Q(not_less), Q(greater_unordered),
    Q(not_greater), Q(less_unordered), Q(unordered), Q(ordered), G(equal), G(not_equal), G(less), G(less_equal), G(greater),
    G(greater_equal), G(not_less), G(greater_unordered), G(not_greater), G(less_unordered)};
#define ALL(probes) probes, SIZE(probes)

int main(void) {
  observe_all(ALL(HALF_ARITHMETIC), NEAREST, KEEP, ON(HALF));
  observe_all(ALL(ARITHMETIC), NEAREST, KEEP, ON(SINGLE));
  observe_all(ALL(EXTREMA), NEAREST, KEEP, ON(SINGLE));
  observe_all(ALL(DOUBLES), NEAREST, KEEP, DOUBLE + 4, 12);
  observe_all(ALL(FUSED_HALF), NEAREST, KEEP, ON(HALVES));
  observe_all(ALL(FUSED), NEAREST, KEEP, ON(SINGLES));
  observe_all(ALL(FUSED_DOUBLE), NEAREST, KEEP, ON(DOUBLES_OF_THREE));
  observe_all(ALL(PREDICATES), NEAREST, KEEP, ON(COMPARED));
  for (int subnormals = KEEP; subnormals <= FLUSH; subnormals += FLUSH - KEEP) {
    observe_all(ALL(ARITHMETIC), NEAREST, subnormals, ON(TINY));
    observe_all(ALL(EXTREMA), NEAREST, subnormals, ON(TINY));
    observe_all(ALL(HALF_ARITHMETIC), NEAREST, subnormals, ON(TINY_HALF));
    observe_all(ALL(SINGLE_TO_DOUBLE), NEAREST, subnormals, ON(TINY));
    observe_all(ALL(DOUBLE_TO_SINGLE), NEAREST, subnormals, ON(NARROW));
    observe(&FUSED[0], NEAREST, subnormals, TINY + 4, 7);
  }
  for (int rounding = NEAREST; rounding <= ZERO; rounding++) {
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(SINGLE));
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(TIES));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(DOUBLE));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(NARROW));
    observe_all(ALL(INTEGRAL), rounding, KEEP, ON(ROUND_SINGLE));
  }
  observe_all(ALL(INTEGRAL_AWAY), AWAY, KEEP, ON(ROUND_SINGLE));
  for (int rounding = NEAREST; rounding <= AWAY; rounding++) {
    observe_all(ALL(INTEGERS[rounding]), rounding, KEEP, ON(ROUND_SINGLE));
    observe_all(ALL(DOUBLE_INTEGERS[rounding]), rounding, KEEP, ON(ROUND_DOUBLE));
  }
  observe_all(ALL(FROM_HALF), NEAREST, KEEP, ON(HALF));
  observe_all(ALL(JAVASCRIPT), ZERO, KEEP, ON(ROUND_DOUBLE));
  observe_all(ALL(ODD), NEAREST, KEEP, ON(NARROW));
  observe_all(ALL(ODD), NEAREST, KEEP, ON(DOUBLE));
  return 0;
}
