/* Reading what a file of golden masks asks, but not the masks themselves; and printing them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gaps.h"

enum { MOST_SITES = 16, LONGEST = 1 << 24 };
typedef struct {
    u32 number;
    u64 count, width, columns, interleave, banks, cells, candidates;
    u64 *mask, *place; /* the candidates of each element; and of each candidate its element * 64 + bit */
    u64 *inverted, *cleared, *set;
} Site;
typedef struct { u128 at[64]; int count; } List;

static Site sites[MOST_SITES];
static int site_count, cell_count;
static char kind[32];
static List planes[64], cells[64];
static const char *names[] = {"seed", "trial", "table", "keep", "threshold", "k", "lengths",
                              "random", "wrap", "up", "down", "ones", "banks", "code"};
enum { SEED, TRIAL, TABLE, KEEP, THRESHOLD, K, LENGTHS, RANDOM, WRAP, UP, DOWN, ONES, BANKS, CODE, VALUE_COUNT };
static List lists[VALUE_COUNT];

static int is(const char *name) { return !strcmp(kind, name); }
static u128 value(int which, u64 n) { return lists[which].at[n]; }

/* A hexadecimal number, with a minus or without. */
static u128 number(const char *text) {
    int minus = *text == '-';
    u128 n = 0;
    for (text += minus; *text; text++) n = n * 16 + (u128)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    return minus ? -n : n;
}

static char *word(void) { return strtok(NULL, " \n"); }

static void read_list(List *list) {
    for (char *text; (text = word()) && list->count < 64;) list->at[list->count++] = number(text);
}

static void read_site(void) {
    Site *s = &sites[site_count++];
    s->number = (u32)number(word()), word(), word();
    u64 *fields[] = {&s->count, &s->width, &s->columns, &s->interleave, &s->banks};
    for (int n = 0; n < 5; n++) *fields[n] = (u64)number(word());
    u64 bits = (s->count + s->interleave - 1) / s->interleave * s->interleave * s->width;
    s->cells = (bits + s->columns - 1) / s->columns * s->columns;
    s->mask = calloc(4 * s->count, sizeof *s->mask), s->place = calloc(s->count * s->width, sizeof *s->place);
    s->inverted = s->mask + s->count, s->cleared = s->inverted + s->count, s->set = s->cleared + s->count;
}

/* One mask for all elements, or one each. */
static void read_candidates(Site *s) {
    char *text = (word(), word());
    for (u64 e = 0; e < s->count; e++) {
        char *next = e && text ? word() : NULL;
        s->mask[e] = e && !next ? s->mask[e - 1] : number(next ? next : text);
        text = e && !next ? NULL : text;
        for (u64 b = 0; b < s->width; b++)
            if (s->mask[e] >> b & 1) s->place[s->candidates++] = e * 64 + b;
    }
}

static int read_file(const char *path) {
    static char line[LONGEST];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, LONGEST, file) && !strncmp(line, "// ", 3)) {
        char *name = (strtok(line, " \n"), word());
        if (!strcmp(name, "kind")) strncpy(kind, word(), sizeof kind - 1);
        else if (!strcmp(name, "site")) read_site();
        else if (!strcmp(name, "candidates")) read_candidates(&sites[site_count - 1]);
        else if (!strcmp(name, "plane")) read_list(&planes[number(word())]);
        else if (!strcmp(name, "cell")) read_list(&cells[cell_count++]);
        else
            for (int n = 0; n < VALUE_COUNT; n++)
                if (!strcmp(name, names[n])) read_list(&lists[n]);
    }
    if (file) fclose(file);
    seed = (u64)value(SEED, 0), trial = (u32)value(TRIAL, 0);
    return file != NULL;
}

static void print_masks(void) {
    for (Site *s = sites; s < sites + site_count; s++)
        for (u64 e = 0; e < s->count; e++)
            if (s->inverted[e] | s->cleared[e] | s->set[e])
                printf("%x %llx %llx %llx %llx\n", s->number, (unsigned long long)e, (unsigned long long)s->inverted[e],
                       (unsigned long long)s->cleared[e], (unsigned long long)s->set[e]);
}
