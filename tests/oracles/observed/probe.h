/* What the probes share: operands, and one line for each instruction that is run:
     operation source target rounding subnormals operand... = result flags
   Codes are hexadecimal; the flags have the bits of Berkeley TestFloat: 1 inexact, 2 underflow, 4 overflow, 8 infinite,
   16 invalid. A machine's own file defines begin(), which sets its modes and clears its flags, and end(), which reads them. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t (*Run)(const uint64_t *x);
typedef struct {
  const char *operation, *source, *target;
  int count;
  Run run;
} Probe;

enum { NEAREST, DOWN, UP, ZERO, AWAY };
enum { KEEP, FLUSH_OUTPUTS, FLUSH_INPUTS, FLUSH };
static const char *const ROUNDING[] = {"ties_to_even", "toward_negative", "toward_positive", "toward_zero", "ties_to_away"};
static const char *const SUBNORMALS[] = {"keep", "flush_outputs", "flush_inputs", "flush"};

static void begin(int rounding, int subnormals);
static unsigned end(void);

/* Zeros, subnormal and normal numbers, infinities, quiet and signaling NaNs with payloads, of both signs. */
static const uint64_t HALF[] = {0, 0x8000, 1, 0x83ff, 0x0400, 0x3c00, 0xbc00, 0x3555, 0x7bff,
                                0x7c00, 0xfc00, 0x7e00, 0xfe12, 0x7c01, 0xfd05, 0x7f55};
static const uint64_t SINGLE[] = {0,          0x80000000, 1,          0x807fffff, 0x00800000, 0x3f800000,
                                  0xbf800000, 0x3eaaaaab, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000,
                                  0xffc01234, 0x7f800001, 0xffa00005, 0x7fe00055};
static const uint64_t DOUBLE[] = {0,
                                  0x8000000000000000,
                                  1,
                                  0x800fffffffffffff,
                                  0x0010000000000000,
                                  0x3ff0000000000000,
                                  0xbff0000000000000,
                                  0x3fd5555555555555,
                                  0x7fefffffffffffff,
                                  0x7ff0000000000000,
                                  0xfff0000000000000,
                                  0x7ff8000000000000,
                                  0xfff8000000001234,
                                  0x7ff0000000000001,
                                  0xfff4000000000005,
                                  0x7ffc000055555555};
/* Fewer for three operands and for comparisons, and small ones, for flushing. */
static const uint64_t HALVES[] = {0x8000, 0x3c00, 0x7c00, 0xfc00, 0x7e01, 0xfe12, 0x7c03, 0xfd05};
static const uint64_t SINGLES[] = {0,          0x80000000, 0x3f800000, 0x7f800000, 0xff800000,
                                   0x7fc00001, 0xffc01234, 0x7f800003, 0xffa00005};
static const uint64_t DOUBLES_OF_THREE[] = {0x8000000000000000, 0x3ff0000000000000, 0x7ff0000000000000, 0xfff8000000001234,
                                            0x7ffc000055555555, 0x7ff0000000000001, 0xfff4000000000005};
static const uint64_t COMPARED[] = {0,          0x80000000, 0x3f800000, 0xbf800000,
                                    0x7f800000, 0xff800000, 0x7fc00001, 0x7f800003};
static const uint64_t TINY[] = {0x80000000, 1,          0x80000003, 0x00400000, 0x807fffff, 0x00800000,
                                0x80800001, 0x00ffffff, 0x3f000000, 0xbf7fffff, 0x7e800000, 0x7fc00001};
static const uint64_t TINY_HALF[] = {0x8000, 1, 0x8003, 0x0200, 0x83ff, 0x0400, 0x8401, 0x07ff, 0x3800, 0xbbff, 0x7400, 0x7e01};
/* Numbers at integers, halves and the ends of the integer types. */
static const uint64_t ROUND_SINGLE[] = {0x80000000, 1,          0x3e99999a, 0x3f000000, 0xbf000000, 0x3f000001, 0xbf400000,
                                        0x3f800000, 0xbf800000, 0x3fc00000, 0xc0200000, 0x4b000001, 0x4effffff, 0x4f000000,
                                        0xcf000000, 0xcf000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000,
                                        0xdf000001, 0x5f7fffff, 0x5f800000, 0x7f7fffff, 0xff800000, 0x7f800000, 0x7fc00001,
                                        0xffc00001, 0x7f800003};
static const uint64_t ROUND_DOUBLE[] = {
    0x3fe0000000000000, 0xbfe0000000000000, 0xbfe8000000000000, 0x3ff8000000000000, 0xc004000000000000, 0x41dfffffffc00000,
    0x41dfffffffe00000, 0x41dfffffffdfffff, 0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000200000,
    0x41efffffffe00000, 0x41effffffff00000, 0x41f0000000000000, 0x41f0000000100000, 0x43dfffffffffffff, 0x43e0000000000000,
    0xc3e0000000000000, 0xc3e0000000000001, 0x43efffffffffffff, 0x43f0000000000000, 0x4340000000000001, 0x4202a05f20000000,
    0xc2c5a5a5a5a5a5a5, 0x447fffffffffffff, 0x7fefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000001,
    0x7ff0000000000003};
/* Numbers of single at ties and ends of half and of bfloat16. */
static const uint64_t TIES[] = {0x3f801000, 0xbf803000, 0x3f801001, 0x3f800fff, 0x33000000, 0x33000001, 0xb3c00000, 0x387fdfff,
                                0x387ff000, 0x477fefff, 0x477ff000, 0xc77fffff, 0x3f808000, 0xbf818000, 0x3f808001, 0x3f807fff,
                                0x00008000, 0x00008001, 0x807fffff, 0x007f8000, 0x7f7f7fff, 0x7f7f8000, 0xff7fffff};
/* Numbers of double at the ends and ties of single and half. */
static const uint64_t NARROW[] = {
    0x380fffffffffffff, 0xb80fffffe0000000, 0x380ffffff0000000, 0x3810000000000000, 0x36a0000000000000, 0x3690000000000000,
    0x3690000000000001, 0x3ff0000010000000, 0xbff0000030000000, 0x3ff0000010000001, 0x3ff0000000000001, 0x47efffffe0000000,
    0x47efffffefffffff, 0xc7effffff0000000, 0x47f0000000000000, 0x3f0ffc0000000000, 0x3f0ffe0000000000, 0x3f0fff0000000000,
    0x3e70000000000000, 0x3e60000000000000, 0x40effc0000000000, 0x40effe0000000000, 0x40efffffffffffff, 0x40f0000000000000};

#define SIZE(list) ((int)(sizeof(list) / sizeof *(list)))
#define ON(list) list, SIZE(list)

static void observe(const Probe *p, int rounding, int subnormals, const uint64_t *list, int size) {
  int total = 1;
  for (int i = 0; i < p->count; i++) total *= size;
  for (int row = 0; row < total; row++) {
    uint64_t x[3] = {0, 0, 0};
    for (int i = 0, rest = row; i < p->count; i++, rest /= size) x[i] = list[rest % size];
    begin(rounding, subnormals);
    uint64_t result = p->run(x);
    unsigned flags = end();
    printf("%s %s %s %s %s", p->operation, p->source, p->target, ROUNDING[rounding], SUBNORMALS[subnormals]);
    for (int i = 0; i < p->count; i++) printf(" %llx", (unsigned long long)x[i]);
    printf(" = %llx %u\n", (unsigned long long)result, flags);
  }
}

static void observe_all(const Probe *probes, int count, int rounding, int subnormals, const uint64_t *list, int size) {
  for (int i = 0; i < count; i++) observe(&probes[i], rounding, subnormals, list, size);
}

/* An instruction on registers of type T that gives a register of type R; the constraints name the class of registers. */
#define INSTRUCTION(name, T, R, in, out, text)                      \
  static uint64_t name(const uint64_t *x) {                         \
    T a, b, c;                                                      \
    R r;                                                            \
    uint64_t code = 0;                                              \
    memcpy(&a, &x[0], sizeof a);                                    \
    memcpy(&b, &x[1], sizeof b);                                    \
    memcpy(&c, &x[2], sizeof c);                                    \
    __asm__ volatile(text : "=&" out(r) : in(a), in(b), in(c));     \
    memcpy(&code, &r, sizeof r);                                    \
    return code;                                                    \
  }
