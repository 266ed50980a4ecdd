/* A small device: multiplies two OFP8 E4M3 codes, ties to even, saturating.
 *
 * It reads a line of two hexadecimal codes a vector and writes a line with the product, which is all that
 *     refsim verify multiply/float8_e4m3fn/ties_to_even.saturate.edge --dut cmd:./e4m3fn_multiply
 * asks of a device. Built with -DBUG=1 it sends ties away from zero; with -DBUG=2 it flushes subnormal results.
 */
#include <stdio.h>

#ifndef BUG
#define BUG 0
#endif

typedef unsigned int u32;

enum { NAN_CODE = 0x7F, MAX_CODE = 0x7E, BIAS = 7, FRACTION = 3 };

static u32 multiply(u32 a, u32 b) {
    u32 sign = (a ^ b) & 0x80;
    a &= 0x7F;
    b &= 0x7F;
    if (a == NAN_CODE || b == NAN_CODE) return NAN_CODE;

    /* Significands as integers of weight 2^(exponent - BIAS - FRACTION); subnormals share exponent 1. */
    u32 ea = a >> FRACTION, eb = b >> FRACTION;
    u32 ma = ea ? (a & 7) | 8 : a & 7, mb = eb ? (b & 7) | 8 : b & 7;
    int exponent = (int)(ea ? ea : 1) + (int)(eb ? eb : 1) - BIAS - FRACTION;
    u32 product = ma * mb;
    if (product == 0) return sign;

    /* Normalise to four significant bits with the lost ones below: product * 2^-shift, or the subnormal place. */
    int shift = 0;
    while ((product >> shift) >= 16) shift++;
    while (product < 8) { product <<= 1; exponent--; }
    exponent += shift;
    if (exponent < 1) { shift += 1 - exponent; exponent = 1; }
    if (shift > 12) shift = 12; /* nothing is left but the sticky bit */
    u32 kept = product >> shift, lost = product & ((1u << shift) - 1), half = shift ? 1u << (shift - 1) : 0;
#if BUG == 1
    if (shift && lost >= half) kept++;
#else
    if (shift && (lost > half || (lost == half && (kept & 1)))) kept++;
#endif
#if BUG == 2
    if (kept < 8) return sign;
#endif
    /* A subnormal has exponent field 0; a carry moves into the exponent by itself. */
    u32 code = kept + ((u32)(exponent - 1) << FRACTION);
    return sign | (code > MAX_CODE ? MAX_CODE : code);
}

int main(void) {
    u32 a, b;
    while (scanf("%x %x", &a, &b) == 2) printf("%02X\n", multiply(a, b));
    return 0;
}
