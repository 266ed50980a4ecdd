/* Random numbers by counter and gaps between faults: Philox4x32-10 and one search in a table. All that hardware needs. */
#include <stdint.h>
typedef uint32_t u32;
typedef uint64_t u64;
__extension__ typedef unsigned __int128 u128;
enum { POSITIONS, MARKS, VALUES, SHAPES, DENSE = 6, PLANE = 16 };
static const u32 ALL_SITES = ~(u32)0;
static u64 seed;
static u32 trial;
static void block(u32 site, u32 purpose, u64 i, u32 x[4]) {
    u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
    x[0] = (u32)i, x[1] = purpose << 24 | (u32)(i >> 32), x[2] = site, x[3] = trial;
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        u64 first = (u64)0xD2511F53u * x[0], second = (u64)0xCD9E8D57u * x[2];
        x[0] = (u32)(second >> 32) ^ x[1] ^ k0, x[2] = (u32)(first >> 32) ^ x[3] ^ k1;
        x[1] = (u32)second, x[3] = (u32)first;
    }
}
static u32 word32(u32 site, u32 purpose, u64 i) {
    u32 x[4];
    block(site, purpose, i / 4, x);
    return x[i % 4];
}
static u64 word64(u32 site, u32 purpose, u64 i) {
    return (u64)word32(site, purpose, 2 * i + 1) << 32 | word32(site, purpose, 2 * i);
}

/* The next hit from a candidate on, by word j. */
static u64 hit(const u128 *table, int entries, u32 site, u32 purpose, u64 j, u64 from) {
    u64 a = ~(u64)0, word = word64(site, purpose, j);
    for (int bit = entries - 1; bit >= 0; bit--) {
        u64 t = (u64)((u128)a * (u64)table[bit] >> 64);
        if (t > word) a = t, from += (u64)1 << bit;
    }
    return from;
}

/* A number below a bound, from the place on that the words of all sites have reached. */
static u64 below(u64 bound, u64 *place) {
    for (;;) {
        u128 product = (u128)word64(ALL_SITES, POSITIONS, (*place)++) * bound;
        if ((u64)product >= -bound % bound) return (u64)(product >> 64);
    }
}
