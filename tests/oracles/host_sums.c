/* Loops that add up products, as C programs write them: host_sums plain|fused|double|saturating|wrapping.
   A line holds the initial value and pairs of operands in hexadecimal; the answer is the sum's code. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float single(uint64_t code) {
    uint32_t low = (uint32_t)code;
    float x;
    memcpy(&x, &low, sizeof x);
    return x;
}

static uint64_t plain(uint64_t start, const uint64_t *operands, int count) {
    volatile float sum = single(start);
    for (int i = 0; i < count; i += 2) {
        volatile float product = single(operands[i]) * single(operands[i + 1]);
        sum = sum + product;
    }
    float held = sum;
    uint32_t code;
    memcpy(&code, &held, sizeof code);
    return code;
}

static uint64_t fused(uint64_t start, const uint64_t *operands, int count) {
    float sum = single(start);
    for (int i = 0; i < count; i += 2)
        sum = fmaf(single(operands[i]), single(operands[i + 1]), sum);
    uint32_t code;
    memcpy(&code, &sum, sizeof code);
    return code;
}

static uint64_t doubled(uint64_t start, const uint64_t *operands, int count) {
    double sum;
    memcpy(&sum, &start, sizeof sum);
    for (int i = 0; i < count; i += 2)
        sum += (double)single(operands[i]) * (double)single(operands[i + 1]);
    uint64_t code;
    memcpy(&code, &sum, sizeof code);
    return code;
}

static uint64_t saturating(uint64_t start, const uint64_t *operands, int count) {
    int16_t sum = (int16_t)start;
    for (int i = 0; i < count; i += 2) {
        int product = (int8_t)operands[i] * (int8_t)operands[i + 1];
        if (product > 0 && sum > INT16_MAX - product)
            sum = INT16_MAX;
        else if (product < 0 && sum < INT16_MIN - product)
            sum = INT16_MIN;
        else
            sum = (int16_t)(sum + product);
    }
    return (uint16_t)sum;
}

static uint64_t wrapping(uint64_t start, const uint64_t *operands, int count) {
    uint16_t sum = (uint16_t)start;
    for (int i = 0; i < count; i += 2)
        sum = (uint16_t)(sum + (int8_t)operands[i] * (int8_t)operands[i + 1]);
    return sum;
}

static const struct {
    const char *name;
    uint64_t (*run)(uint64_t, const uint64_t *, int);
} LOOPS[] = {{"plain", plain}, {"fused", fused}, {"double", doubled}, {"saturating", saturating}, {"wrapping", wrapping}};

int main(int count, char **arguments) {
    static char line[1 << 16];
    static uint64_t words[1 << 12];
    for (size_t k = 0; count == 2 && k < sizeof LOOPS / sizeof *LOOPS; k++) {
        if (strcmp(arguments[1], LOOPS[k].name))
            continue;
        while (fgets(line, sizeof line, stdin)) {
            int found = 0;
            for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
                words[found++] = strtoull(word, NULL, 16);
            printf("%llx\n", (unsigned long long)LOOPS[k].run(words[0], words + 1, found - 1));
        }
        return 0;
    }
    return 2;
}
