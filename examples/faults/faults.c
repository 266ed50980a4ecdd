/* The fault models of the golden masks in plain C: reads a file of vectors/faults, and prints the elements that are hit.
   Everything is integers; what follows from rates stands in the file. */
#include "masks.h"

/* Where a bit lies along the rows, and what lies there. */
static u64 along(const Site *s, u64 element, u64 bit) {
    return element / s->interleave * s->interleave * s->width + bit * s->interleave + element % s->interleave;
}
static void invert_cell(Site *s, u64 at) {
    u64 group = at / (s->interleave * s->width), inside = at % (s->interleave * s->width);
    u64 element = group * s->interleave + inside % s->interleave, bit = inside / s->interleave;
    if (element < s->count) s->inverted[element] |= s->mask[element] & (u64)1 << bit;
}

static void burst(Site *s, u64 j, u64 start) {
    u64 length = 1, row = start / s->columns * s->columns, pattern = word64(s->number, VALUES, j);
    while (word32(s->number, SHAPES, j) >= value(LENGTHS, length - 1)) length++;
    for (u64 n = 0, column = start - row; n < length; n++, column++)
        if ((column < s->columns || value(WRAP, 0)) && (!value(RANDOM, 0) || !n || n == length - 1 || pattern >> n & 1))
            invert_cell(s, row + column % s->columns);
}
static void cluster(Site *s, u64 start) {
    for (int n = 0; n < cell_count; n++) {
        int64_t right = (int64_t)cells[n].at[1], column = (int64_t)(start % s->columns) + right;
        int64_t at = (int64_t)start + (int64_t)cells[n].at[0] * (int64_t)(s->banks * s->columns);
        if (at >= 0 && at < (int64_t)s->cells && column >= 0 && column < (int64_t)s->columns) invert_cell(s, (u64)(at + right));
    }
}

/* What hit j does to candidate i. */
static void candidate(Site *s, u64 j, u64 i) {
    u64 e = s->place[i] / 64, b = s->place[i] % 64, bit = (u64)1 << b, mark = word64(s->number, MARKS, j);
    if (is("thinned") && mark >= value(KEEP, 0)) return;
    if (is("banked") && mark >= value(BANKS, along(s, e, b) / s->columns % s->banks)) return;
    if (is("stuck_at")) *(mark < value(ONES, 0) ? &s->set[e] : &s->cleared[e]) |= bit;
    else if (is("asymmetric") && mark >= value(DOWN, 0)) s->set[e] |= bit;
    else if (is("asymmetric") && mark >= value(UP, 0)) s->cleared[e] |= bit;
    else s->inverted[e] |= bit;
}

static void whole(Site *s, u64 j, u64 e) {
    s->set[e] = is("random") ? word64(s->number, VALUES, j) >> (64 - s->width) : (u64)value(CODE, 0);
    s->cleared[e] = s->set[e] ^ ~(u64)0 >> (64 - s->width);
}

static void by_rate(Site *s) {
    int cell = is("burst") || is("cluster"), element = is("zero") || is("constant") || is("random");
    u64 count = cell ? s->cells : element ? s->count : s->candidates, at = 0;
    for (u64 j = 0; (at = hit(lists[TABLE].at, lists[TABLE].count, s->number, POSITIONS, j, at)) < count; j++, at++)
        if (element) whole(s, j, at);
        else if (is("cluster")) cluster(s, at);
        else if (cell) burst(s, j, at);
        else candidate(s, j, at);
}
static void by_bit(Site *s) {
    for (u64 b = 0, n; b < s->width; b++) {
        u64 *own = malloc(s->count * sizeof *own), at = 0;
        for (u64 i = n = 0; i < s->candidates; i++)
            if (s->place[i] % 64 == b) own[n++] = i;
        List *gaps = &planes[b];
        for (u64 j = 0; gaps->count && (at = hit(gaps->at, gaps->count, s->number, PLANE + (u32)b, j, at)) < n; j++, at++)
            candidate(s, j, own[at]);
        free(own);
    }
}

/* Candidate i of all sites together. */
static void in_pool(u64 i) {
    Site *s = sites;
    for (; i >= s->candidates; s++) i -= s->candidates;
    candidate(s, 0, i);
}

static void distinct(u64 k) {
    u64 count = 0, place = 0;
    for (int n = 0; n < site_count; n++) count += sites[n].candidates;
    char *taken = calloc(count, 1);
    for (u64 j = count - k; j < count; j++) {
        u64 number = below(j + 1, &place);
        taken[taken[number] ? j : number] = 1;
    }
    for (u64 i = 0; i < count; i++)
        if (taken[i]) in_pool(i);
    free(taken);
}

static void run(void) {
    if (is("count")) distinct((u64)value(K, 0));
    else if (is("exhaustive")) in_pool(trial);
    else
        for (Site *s = sites; s < sites + site_count; s++)
            if (is("per_bit")) by_bit(s);
            else if (!is("dense_rate")) by_rate(s);
            else
                for (u64 i = 0; i < s->candidates; i++)
                    if (word32(s->number, DENSE, i) < value(THRESHOLD, 0)) candidate(s, 0, i);
}

int main(int count, char **paths) {
    if (count != 2 || !read_file(paths[1])) return fprintf(stderr, "use: faults FILE.masks\n"), 2;
    if (is("negate") || is("move")) return fprintf(stderr, "%s follows from codes, which are not decoded here\n", kind), 3;
    run();
    return print_masks(), 0;
}
