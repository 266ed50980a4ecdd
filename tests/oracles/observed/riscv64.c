/* The F and D extensions on a RISC-V processor or QEMU. */
#include "probe.h"

static void begin(int rounding, int subnormals) {
  static const uint64_t control[] = {0, 2, 3, 1, 4};
  (void)subnormals;
  __asm__ volatile("fscsr %0" : : "r"(control[rounding] << 5));
}

static unsigned end(void) {
  uint64_t flags;
  __asm__ volatile("frflags %0" : "=r"(flags));
  return (unsigned)flags;
}

#define V(name, T, R, text) INSTRUCTION(name, T, R, "f", "f", text)
#define BINARY(name, op) V(name##_s, float, float, op ".s %0, %1, %2") V(name##_d, double, double, op ".d %0, %1, %2")
BINARY(add, "fadd")
BINARY(sub, "fsub")
BINARY(mul, "fmul")
BINARY(div, "fdiv")
BINARY(min, "fmin")
BINARY(max, "fmax")
BINARY(sign, "fsgnj")
V(sqrt_s, float, float, "fsqrt.s %0, %1")
V(sqrt_d, double, double, "fsqrt.d %0, %1")
V(neg_s, float, float, "fneg.s %0, %1")
V(abs_s, float, float, "fabs.s %0, %1")
V(fma_s, float, float, "fmadd.s %0, %1, %2, %3")
V(fma_d, double, double, "fmadd.d %0, %1, %2, %3")
V(s_to_d, float, double, "fcvt.d.s %0, %1")
V(d_to_s, double, float, "fcvt.s.d %0, %1")

#define TO_INTEGER(name, T, R, text) INSTRUCTION(name, T, R, "f", "r", text)
TO_INTEGER(s_w, float, int32_t, "fcvt.w.s %0, %1, dyn")
TO_INTEGER(s_wu, float, uint32_t, "fcvt.wu.s %0, %1, dyn")
TO_INTEGER(s_l, float, int64_t, "fcvt.l.s %0, %1, dyn")
TO_INTEGER(s_lu, float, uint64_t, "fcvt.lu.s %0, %1, dyn")
TO_INTEGER(d_w, double, int32_t, "fcvt.w.d %0, %1, dyn")
TO_INTEGER(d_wu, double, uint32_t, "fcvt.wu.d %0, %1, dyn")
TO_INTEGER(d_l, double, int64_t, "fcvt.l.d %0, %1, dyn")
TO_INTEGER(d_lu, double, uint64_t, "fcvt.lu.d %0, %1, dyn")
TO_INTEGER(equal, float, uint32_t, "feq.s %0, %1, %2")
TO_INTEGER(less, float, uint32_t, "flt.s %0, %1, %2")
TO_INTEGER(less_equal, float, uint32_t, "fle.s %0, %1, %2")
TO_INTEGER(class_mask_s, float, uint32_t, "fclass.s %0, %1")
TO_INTEGER(class_mask_d, double, uint32_t, "fclass.d %0, %1")
INSTRUCTION(from_w, int32_t, float, "r", "f", "fcvt.s.w %0, %1")
INSTRUCTION(from_wu, uint32_t, float, "r", "f", "fcvt.s.wu %0, %1")
INSTRUCTION(from_l, int64_t, float, "r", "f", "fcvt.s.l %0, %1")
INSTRUCTION(from_lu, uint64_t, float, "r", "f", "fcvt.s.lu %0, %1")

/* The number of the one bit that is set. */
static uint64_t class_s(const uint64_t *x) { return (uint64_t)__builtin_ctz((unsigned)class_mask_s(x)); }
static uint64_t class_d(const uint64_t *x) { return (uint64_t)__builtin_ctz((unsigned)class_mask_d(x)); }

#define S "binary32"
#define D "binary64"
static const Probe SINGLES_OF_TWO[] = {
    {"add", S, S, 2, add_s},           {"subtract", S, S, 2, sub_s},       {"multiply", S, S, 2, mul_s},
    {"divide", S, S, 2, div_s},        {"sqrt", S, S, 1, sqrt_s},          {"minimum_number", S, S, 2, min_s},
    {"maximum_number", S, S, 2, max_s}, {"copy_sign", S, S, 2, sign_s},    {"negate", S, S, 1, neg_s},
    {"absolute", S, S, 1, abs_s},      {"classify", S, "uint4", 1, class_s}, {"compare_quiet_equal", S, "uint1", 2, equal},
    {"compare_signaling_less", S, "uint1", 2, less}, {"compare_signaling_less_equal", S, "uint1", 2, less_equal}};
static const Probe TINY_SINGLES[] = {{"add", S, S, 2, add_s},    {"subtract", S, S, 2, sub_s}, {"multiply", S, S, 2, mul_s},
                                     {"divide", S, S, 2, div_s}, {"sqrt", S, S, 1, sqrt_s}};
static const Probe DOUBLES[] = {{"add", D, D, 2, add_d},
                                {"subtract", D, D, 2, sub_d},
                                {"multiply", D, D, 2, mul_d},
                                {"divide", D, D, 2, div_d},
                                {"sqrt", D, D, 1, sqrt_d},
                                {"minimum_number", D, D, 2, min_d},
                                {"maximum_number", D, D, 2, max_d},
                                {"copy_sign", D, D, 2, sign_d},
                                {"classify", D, "uint4", 1, class_d}};
static const Probe FUSED[] = {{"fma", S, S, 3, fma_s}};
static const Probe FUSED_DOUBLE[] = {{"fma", D, D, 3, fma_d}};
static const Probe FROM_SINGLE[] = {{"convert", S, D, 1, s_to_d}};
static const Probe FROM_DOUBLE[] = {{"convert", D, S, 1, d_to_s}};
static const Probe INTEGERS[] = {{"convert", S, "int32", 1, s_w},
                                 {"convert", S, "uint32", 1, s_wu},
                                 {"convert", S, "int64", 1, s_l},
                                 {"convert", S, "uint64", 1, s_lu}};
static const Probe DOUBLE_INTEGERS[] = {{"convert", D, "int32", 1, d_w},
                                        {"convert", D, "uint32", 1, d_wu},
                                        {"convert", D, "int64", 1, d_l},
                                        {"convert", D, "uint64", 1, d_lu}};
static const Probe FROM_WORDS[] = {{"convert", "int32", S, 1, from_w}, {"convert", "uint32", S, 1, from_wu}};
static const Probe FROM_LONGS[] = {{"convert", "int64", S, 1, from_l}, {"convert", "uint64", S, 1, from_lu}};
static const uint64_t WORDS[] = {0, 1, 0x1000001, 0x1000003, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffff80, 0xfeffffff};
static const uint64_t LONGS[] = {0, 1, 0x8000008000000000, 0x8000018000000000, 0x7fffffffffffffff, 0xffffffffffffffff};
#define ALL(probes) probes, SIZE(probes)

int main(void) {
  observe_all(ALL(SINGLES_OF_TWO), NEAREST, KEEP, ON(SINGLE));
  observe_all(ALL(TINY_SINGLES), NEAREST, KEEP, ON(TINY));
  observe_all(ALL(DOUBLES), NEAREST, KEEP, DOUBLE + 4, 12);
  observe_all(ALL(FUSED), NEAREST, KEEP, ON(SINGLES));
  observe(&FUSED[0], NEAREST, KEEP, TINY + 4, 7);
  observe_all(ALL(FUSED_DOUBLE), NEAREST, KEEP, ON(DOUBLES_OF_THREE));
  for (int rounding = NEAREST; rounding <= AWAY; rounding++) {
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(SINGLE));
    observe_all(ALL(FROM_SINGLE), rounding, KEEP, ON(TIES));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(DOUBLE));
    observe_all(ALL(FROM_DOUBLE), rounding, KEEP, ON(NARROW));
    observe_all(ALL(INTEGERS), rounding, KEEP, ON(ROUND_SINGLE));
    observe_all(ALL(DOUBLE_INTEGERS), rounding, KEEP, ON(ROUND_DOUBLE));
    observe_all(ALL(FROM_WORDS), rounding, KEEP, ON(WORDS));
    observe_all(ALL(FROM_LONGS), rounding, KEEP, ON(LONGS));
  }
  return 0;
}
