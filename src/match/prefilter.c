#include "match/prefilter_tables.h"

#include <stdlib.h>

#define BEFORE_MAX 8 /* of a gram in its eight bytes */
#define SAMPLE_BYTES (256U << 10)
#define SAMPLE_SHARE (16U << 10) /* of one text at most: neighbours are too much alike */
#define PATIENCE_LEAST (256U << 10)
#define PATIENCE_GROWS 8
#define PATIENCE_EACH 1024 /* bytes for each literal: choosing again costs about as much */
#define WASTE_BYTES 320    /* one candidate or comparison in so many bytes is no matter */

/* ---- building
 * --------------------------------------------------------------------------------
 */

bool prefilter_has_variant(enum prefilter_variant variant)
{
    return prefilter_kernel_of(variant) != NULL;
}

enum prefilter_variant prefilter_best_variant(void)
{
    if (prefilter_has_variant(PREFILTER_AVX512))
        return PREFILTER_AVX512;
    return prefilter_has_variant(PREFILTER_AVX2) ? PREFILTER_AVX2 : PREFILTER_SCALAR;
}

/* An open hash table: index + 1 of a unique literal. */
struct finder {
    uint32_t *slots;
    size_t mask;
};

static struct slice folded(struct arena *arena, struct slice literal)
{
    char *copy = arena_alloc(arena, literal.len * 2);
    for (size_t i = 0; i < literal.len; i++) {
        copy[i] = ascii_lower(literal.ptr[i]);
        bool letter = copy[i] >= 'a' && copy[i] <= 'z';
        copy[literal.len + i] = letter ? 0x20 : 0;
    }
    return slice_of(copy, literal.len);
}

static uint32_t unique_of(struct prefilter *filter, struct finder *finder, struct slice literal)
{
    size_t slot = slice_hash(literal, true) & finder->mask;
    for (; finder->slots[slot]; slot = (slot + 1) & finder->mask) {
        const struct unique *unique = &filter->uniques[finder->slots[slot] - 1];
        if (slice_icase_eq(slice_of(unique->text, unique->len), literal))
            return finder->slots[slot] - 1;
    }
    struct slice text = folded(&filter->arena, literal);
    struct unique *unique = &filter->uniques[filter->unique_count++];
    *unique = (struct unique){ text.ptr, text.ptr + text.len, text.len, 0, 0 };
    finder->slots[slot] = (uint32_t)filter->unique_count;
    return (uint32_t)filter->unique_count - 1;
}

/* Groups the ids of the literals by what they are folded. */
static void group_ids(struct prefilter *filter, const uint32_t *unique_by_id)
{
    uint32_t next = 0;
    for (size_t i = 0; i < filter->literal_count; i++)
        filter->uniques[unique_by_id[i]].id_count++;
    for (size_t u = 0; u < filter->unique_count; u++) {
        filter->uniques[u].first_id = next;
        next += filter->uniques[u].id_count;
        filter->uniques[u].id_count = 0;
    }
    for (size_t i = 0; i < filter->literal_count; i++) {
        struct unique *unique = &filter->uniques[unique_by_id[i]];
        filter->ids[unique->first_id + unique->id_count++] = (uint32_t)i;
    }
}

static void fold_literals(struct prefilter *filter, const struct slice *literals)
{
    struct finder finder = { NULL, 63 };
    while (finder.mask < filter->literal_count * 2)
        finder.mask = finder.mask * 2 + 1;
    AUTO_FREE uint32_t *slots = mem_alloc((finder.mask + 1) * sizeof *slots);
    AUTO_FREE uint32_t *unique_by_id =
        mem_alloc((filter->literal_count + 1) * sizeof(uint32_t));
    finder.slots = slots;
    for (size_t i = 0; i < filter->literal_count; i++)
        unique_by_id[i] = unique_of(filter, &finder, literals[i]);
    group_ids(filter, unique_by_id);
}

struct prefilter *prefilter_build_variant(const struct slice *literals, size_t count,
                                          enum prefilter_variant variant)
{
    struct prefilter *filter = mem_alloc(sizeof *filter);
    filter->variant = variant;
    filter->kernel = prefilter_kernel_of(variant);
    filter->literal_count = count;
    filter->uniques = mem_alloc((count + 1) * sizeof *filter->uniques);
    filter->ids = mem_alloc((count + 1) * sizeof *filter->ids);
    fold_literals(filter, literals);
    AUTO_FREE struct gram_sample *sample = mem_alloc(sizeof *sample);
    sample_add_typical(sample);
    filter->tables = prefilter_tables_new(filter, sample);
    return filter;
}

struct prefilter *prefilter_build(const struct slice *literals, size_t count)
{
    return prefilter_build_variant(literals, count, prefilter_best_variant());
}

void prefilter_free(struct prefilter *filter)
{
    if (!filter)
        return;
    prefilter_tables_free(filter->tables);
    free(filter->uniques);
    free(filter->ids);
    arena_deinit(&filter->arena);
    free(filter);
}

/* ---- scanning
 * --------------------------------------------------------------------------------
 */

struct prefilter_scanner {
    const struct prefilter *filter;
    const struct prefilter_tables *tables; /* the filter's, or: */
    struct prefilter_tables *own_tables;
    uint32_t *stamps; /* by unique literal: the line in which it was last found */
    uint32_t stamp;
    uint32_t *found; /* ids of literals */
    size_t found_count;

    struct slice text;
    prefilter_line *report; /* NULL: the text is one line */
    void *context;
    size_t line_start, line_end; /* of the line that `found` belongs to */

    /* Is it time to choose other windows? */
    uint64_t bytes, wasted;     /* since the last choice */
    uint64_t patience;          /* bytes before the next one */
    struct gram_sample *sample; /* being gathered */

    uint32_t candidates[KERNEL_BYTES + 1];
};

struct prefilter_scanner *prefilter_scanner_new(const struct prefilter *filter)
{
    struct prefilter_scanner *scanner = mem_alloc(sizeof *scanner);
    scanner->filter = filter;
    scanner->tables = filter->tables;
    scanner->stamps = mem_alloc((filter->unique_count + 1) * sizeof *scanner->stamps);
    scanner->found = mem_alloc((filter->literal_count + 1) * sizeof *scanner->found);
    scanner->patience = PATIENCE_LEAST + filter->unique_count * PATIENCE_EACH;
    return scanner;
}

void prefilter_scanner_free(struct prefilter_scanner *scanner)
{
    if (!scanner)
        return;
    prefilter_tables_free(scanner->own_tables);
    free(scanner->stamps);
    free(scanner->found);
    free(scanner->sample);
    free(scanner);
}

static void begin_line(struct prefilter_scanner *scanner)
{
    scanner->found_count = 0;
    if (++scanner->stamp != 0)
        return;
    memset(scanner->stamps, 0, scanner->filter->unique_count * sizeof *scanner->stamps);
    scanner->stamp = 1;
}

static void end_line(struct prefilter_scanner *scanner)
{
    if (!scanner->report || scanner->found_count == 0)
        return;
    size_t len = scanner->line_end - scanner->line_start;
    struct slice line = slice_of(scanner->text.ptr + scanner->line_start, len);
    scanner->report(scanner->context, line, scanner->found, scanner->found_count);
}

/* Lines come in order: the start is looked for no further back than the end of the last one. */
static size_t start_of_line(const struct prefilter_scanner *scanner, size_t at)
{
    const char *text = scanner->text.ptr;
    while (at >= scanner->line_end + 8 && !word_matches(load_64(text + at - 8), '\n'))
        at -= 8;
    while (at > scanner->line_end && text[at - 1] != '\n')
        at--;
    return at;
}

static void next_line(struct prefilter_scanner *scanner, size_t at)
{
    end_line(scanner);
    begin_line(scanner);
    struct slice text = scanner->text;
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    scanner->line_start = start_of_line(scanner, at);
    scanner->line_end = end ? (size_t)(end - text.ptr) : text.len;
}

/* Is text, of which eight bytes are known to fit if it has as many, all of the literal? */
static bool is_literal(const struct unique *unique, const char *text)
{
    if (unique->len <= 8)
        return true;
    for (size_t i = 0;; i += 8) {
        if (i + 8 > unique->len)
            i = unique->len - 8;
        if ((load_64(text + i) | load_64(unique->fold + i)) != load_64(unique->text + i))
            return false;
        if (i + 8 == unique->len)
            return true;
    }
}

static void add_found(struct prefilter_scanner *scanner, const struct unique *unique)
{
    for (uint32_t i = 0; i < unique->id_count; i++)
        scanner->found[scanner->found_count++] = scanner->filter->ids[unique->first_id + i];
}

/* The eight bytes fit: is the whole literal here, and is that news for this line? */
static void check_entry(struct prefilter_scanner *scanner, const struct gram_entry *entry,
                        size_t at)
{
    const struct unique *unique = &scanner->filter->uniques[entry->unique];
    bool known = at < scanner->line_end && scanner->stamps[entry->unique] == scanner->stamp;
    if (known || at < entry->offset || scanner->text.len - (at - entry->offset) < unique->len ||
        !is_literal(unique, scanner->text.ptr + at - entry->offset))
        return;
    if (at >= scanner->line_end)
        next_line(scanner, at);
    scanner->stamps[entry->unique] = scanner->stamp;
    add_found(scanner, unique);
}

/* `window` is the text around `at`, with BEFORE_MAX bytes in front and 8 behind. */
static void check_index(struct prefilter_scanner *scanner, const struct gram_index *index,
                        uint32_t bytes, const char *window, size_t at)
{
    if (!index->starts)
        return;
    uint32_t folded_bytes = (load_32(window + BEFORE_MAX) | FOLD_ALL) & bytes;
    uint32_t slot = gram_hash(folded_bytes) >> index->shift;
    uint32_t end = index->starts[slot + 1];
    for (uint32_t i = index->starts[slot]; i < end; i++) {
        const struct gram_entry *entry = &index->entries[i];
        uint64_t eight = load_64(window + BEFORE_MAX - entry->before);
        scanner->wasted++;
        if ((((eight | entry->fold) ^ entry->value) & entry->mask) == 0)
            check_entry(scanner, entry, at);
    }
}

static void check_candidate(struct prefilter_scanner *scanner, size_t at, uint32_t kinds)
{
    const struct gram_index *indexes = scanner->tables->indexes;
    struct slice text = scanner->text;
    const char *window = text.ptr + at - BEFORE_MAX;
    char edge[BEFORE_MAX + 8];
    if (at < BEFORE_MAX || text.len - at < 8) { /* zeros stand for what is not there */
        size_t before = at < BEFORE_MAX ? at : BEFORE_MAX;
        size_t behind = text.len - at < 8 ? text.len - at : 8;
        memset(edge, 0, sizeof edge);
        memcpy(edge + BEFORE_MAX - before, text.ptr + at - before, before + behind);
        window = edge;
    }
    scanner->wasted++;
    if (kinds & CANDIDATE_GRAM)
        check_index(scanner, &indexes[INDEX_FOUR], UINT32_MAX, window, at);
    if (kinds & CANDIDATE_SHORT) {
        check_index(scanner, &indexes[INDEX_THREE], THREE, window, at);
        check_index(scanner, &indexes[INDEX_TWO], 0xffff, window, at);
    }
}

/* Runs the kernel over bytes that stand for the text from `at`. */
static void scan_chunk(struct prefilter_scanner *scanner, const char *bytes, size_t len,
                       size_t at)
{
    const struct kernel_tables *kernel = &scanner->tables->kernel;
    size_t count = scanner->filter->kernel(kernel, bytes, len, scanner->candidates);
    for (size_t i = 0; i < count; i++) {
        size_t place = at + scanner->candidates[i] / 4;
        if (place < scanner->text.len)
            check_candidate(scanner, place, scanner->candidates[i] % 4);
    }
}

/* The end of the text, with zeros behind it. */
static void scan_end(struct prefilter_scanner *scanner, size_t at)
{
    char end[2 * KERNEL_STEP + KERNEL_READS_BEYOND];
    size_t len = scanner->text.len - at;
    size_t steps = (len + KERNEL_STEP - 1) / KERNEL_STEP * KERNEL_STEP;
    memcpy(end, scanner->text.ptr + at, len);
    memset(end + len, 0, sizeof end - len);
    scan_chunk(scanner, end, steps, at);
}

static void scan_all(struct prefilter_scanner *scanner)
{
    struct slice text = scanner->text;
    size_t at = 0;
    if (scanner->filter->unique_count == 0 || text.len == 0)
        return;
    while (text.len - at >= KERNEL_STEP + KERNEL_READS_BEYOND) {
        size_t len = (text.len - at - KERNEL_READS_BEYOND) / KERNEL_STEP * KERNEL_STEP;
        if (len > KERNEL_BYTES)
            len = KERNEL_BYTES;
        scan_chunk(scanner, text.ptr + at, len, at);
        at += len;
    }
    if (at < text.len)
        scan_end(scanner, at);
}

/* ---- other windows
 * ---------------------------------------------------------------------------
 */

static void choose_again(struct prefilter_scanner *scanner)
{
    struct prefilter_tables *tables = prefilter_tables_new(scanner->filter, scanner->sample);
    prefilter_tables_free(scanner->own_tables);
    scanner->own_tables = tables;
    scanner->tables = tables;
    free(scanner->sample);
    scanner->sample = NULL;
    scanner->bytes = scanner->wasted = 0;
    scanner->patience *= PATIENCE_GROWS; /* so that no text makes this a habit */
}

/* Called behind each text: its candidates were not worth it again and again? */
static void learn(struct prefilter_scanner *scanner)
{
    scanner->bytes += scanner->text.len;
    if (!scanner->sample) {
        if (scanner->bytes < scanner->patience)
            return;
        if (scanner->wasted * WASTE_BYTES < scanner->bytes) {
            scanner->bytes = scanner->wasted = 0;
            return;
        }
        scanner->sample = mem_alloc(sizeof *scanner->sample);
        sample_add_typical(scanner->sample);
    }
    sample_add(scanner->sample, slice_first(scanner->text, SAMPLE_SHARE));
    if (scanner->sample->bytes >= SAMPLE_BYTES)
        choose_again(scanner);
}

void prefilter_lines(struct prefilter_scanner *scanner, struct slice text, prefilter_line *line,
                     void *context)
{
    scanner->text = text;
    scanner->report = line;
    scanner->context = context;
    scanner->line_start = scanner->line_end = 0;
    begin_line(scanner);
    scan_all(scanner);
    end_line(scanner);
    learn(scanner);
}

struct prefilter_found prefilter_text(struct prefilter_scanner *scanner, struct slice text)
{
    scanner->text = text;
    scanner->report = NULL;
    scanner->line_end = SIZE_MAX;
    begin_line(scanner);
    scan_all(scanner);
    learn(scanner);
    return (struct prefilter_found){ scanner->found, scanner->found_count };
}
