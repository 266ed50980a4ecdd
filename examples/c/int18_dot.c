/* A small device: the dot product of 16 pairs of int8, summed one after the other in a register of 18 bits that saturates.
 *
 * It reads a line of 32 hexadecimal codes a vector, x first and then y, and writes a line with the sum and the status flags
 * (1 inexact, 4 overflow), which is all that
 *     refsim verify dot/int8.int8.16.sequential-int18-toward_zero-saturate.edge --flags --dut cmd:./int18_dot
 * asks of a device. Built with -DBUG=1 it saturates at the end only; with -DBUG=2 it has 17 bits; with -DBUG=3 it wraps.
 */
#include <stdio.h>

#ifndef BUG
#define BUG 0
#endif

enum { LENGTH = 16, WIDTH = BUG == 2 ? 17 : 18, TOP = (1 << (WIDTH - 1)) - 1, BOTTOM = -TOP - 1 };
enum { INEXACT = 1, OVERFLOW = 4 };

static int limited(int sum, unsigned *flags) {
    if (sum <= TOP && sum >= BOTTOM) return sum;
    *flags |= OVERFLOW | INEXACT;
#if BUG == 3
    return (int)(((unsigned)(sum - BOTTOM)) % (1u << WIDTH)) + BOTTOM;
#else
    return sum > TOP ? TOP : BOTTOM;
#endif
}

static int read_int8(int *x) {
    unsigned code;
    if (scanf("%x", &code) != 1) return 0;
    *x = code < 128 ? (int)code : (int)code - 256;
    return 1;
}

int main(void) {
    int x[LENGTH], y[LENGTH];
    for (;;) {
        for (int k = 0; k < LENGTH; k++)
            if (!read_int8(&x[k])) return 0;
        for (int k = 0; k < LENGTH; k++)
            if (!read_int8(&y[k])) return 0;
        int sum = 0;
        unsigned flags = 0;
        for (int k = 0; k < LENGTH; k++) {
            sum += x[k] * y[k];
#if BUG != 1
            sum = limited(sum, &flags);
#endif
        }
        sum = limited(sum, &flags);
        printf("%05X %02X\n", (unsigned)sum & 0x3FFFF, flags);
    }
}
