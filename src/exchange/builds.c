#include "exchange/builds.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/embedded.h"

#define COLUMNS 9 /* build, name, cu, update, date, kb, source, doubt, codes */

/* The third part tells a CU; the lowest is that of the first release. */
static const struct product products[] = {
    { "2010", "Exchange Server 2010", 14, 3, 0, 999, "2020-10-13", false },
    { "2013", "Exchange Server 2013", 15, 0, 516, UINT16_MAX, "2023-04-11", false },
    { "2016", "Exchange Server 2016", 15, 1, 225, UINT16_MAX, "2025-10-14", true },
    { "2019", "Exchange Server 2019", 15, 2, 221, 2561, "2025-10-14", true },
    { "SE", "Exchange Server SE", 15, 2, 2562, UINT16_MAX, "2035-12-31", false },
};

static const char letters[PATCH_CODES] = { '?', 'V', 'Q', 'C', 'E', 'F', 'N' };

char patch_letter(enum patch_code code)
{
    return code < PATCH_CODES ? letters[code] : '?';
}

enum patch_code patch_code_of(char letter)
{
    const char *at = letter ? memchr(letters, letter, sizeof letters) : NULL;
    return at ? (enum patch_code)(at - letters) : PATCH_CODES;
}

static const char *const source_names[BUILD_SOURCES] = {
    [BUILD_OF_SETUP] = "exsetup",   [BUILD_OF_COLUMNS] = "columns",
    [BUILD_OF_ECP] = "ecp",         [BUILD_OF_HEADER] = "header",
    [BUILD_OF_AUDIT] = "audit",     [BUILD_OF_PROGRAM] = "program",
    [BUILD_OF_FOLDER] = "folder",   [BUILD_OF_PATH] = "owa-path",
    [BUILD_OF_INTEGER] = "integer",
};

const char *build_source_name(enum build_source source)
{
    return source < BUILD_SOURCES ? source_names[source] : "";
}

enum build_source build_source_by_name(struct slice name)
{
    for (int i = 0; i < BUILD_SOURCES; i++)
        if (slice_eq(name, slice_from(source_names[i])))
            return (enum build_source)i;
    return BUILD_SOURCES;
}

/* ---- the table ---- */

static const struct product *product_of(struct build build)
{
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const struct product *p = &products[i];
        if (build.part[0] == p->major && build.part[1] == p->minor &&
            build.part[2] >= p->first && build.part[2] <= p->last)
            return p;
    }
    return NULL;
}

static unsigned read_doubt(struct slice words)
{
    static const struct {
        const char *word;
        enum build_doubt doubt;
    } doubts[] = { { "HC", DOUBT_HEALTHCHECKER },    { "MS", DOUBT_MICROSOFT },
                   { "secondary", DOUBT_SECONDARY }, { "rerelease", DOUBT_RERELEASE },
                   { "old-cu", DOUBT_OLD_CU },       { "SP2", DOUBT_SP2 } };
    unsigned doubt = 0;
    while (words.ptr) {
        struct slice word = slice_cut(&words, ',');
        for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++)
            if (slice_eq(word, slice_from(doubts[i].word)))
                doubt |= doubts[i].doubt;
    }
    return doubt;
}

/* Our own file: what is wrong with it is a bug, and a test would have found it. */
static void read_row(struct build_row *row, struct slice line)
{
    struct slice cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = slice_cut(&line, '\t');
    bool is_build = build_parse(cells[0], &row->build);
    row->product = product_of(row->build);
    assert(is_build && row->product && cells[8].len == CVE_COUNT);
    (void)is_build;
    row->cu = cells[2];
    row->update = cells[3];
    row->date_derived = slice_starts(cells[4], SLICE_LIT("~"));
    row->date = slice_from_offset(cells[4], row->date_derived);
    row->kb = slice_eq(cells[5], SLICE_LIT("-")) ? SLICE_NULL : cells[5];
    row->doubt = read_doubt(cells[7]);
    for (size_t i = 0; i < CVE_COUNT; i++)
        row->codes[i] = patch_code_of(cells[8].ptr[i]);
}

const struct builds *builds_load(struct arena *arena)
{
    const struct embedded_file *file = embedded_find("exchange/builds.tsv");
    struct builds *builds = arena_alloc(arena, sizeof *builds);
    assert(file);
    struct slice rest = slice_of((const char *)file->data, file->size);
    size_t lines = 0;
    for (size_t i = 0; i < rest.len; i++)
        lines += rest.ptr[i] == '\n';
    builds->rows = arena_array(arena, lines, sizeof *builds->rows);
    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        if (slice_starts(line, SLICE_LIT("known\t")))
            builds->known_on = slice_from_offset(line, 6);
        else if (line.len && ascii_is_digit(line.ptr[0]))
            read_row(&builds->rows[builds->count++], line);
    }
    return builds;
}

/* ---- texts ---- */

bool builds_is_build(struct build build)
{
    return product_of(build) != NULL;
}

bool builds_from_integer(uint64_t number, struct build *out)
{
    if (number > UINT32_MAX || number >> 28 != 7 || !(number >> 15 & 1))
        return false;
    *out = (struct build){ { (uint16_t)(number >> 22 & 0x3f), (uint16_t)(number >> 16 & 0x3f),
                             (uint16_t)(number & 0x7fff), BUILD_NO_REVISION } };
    return builds_is_build(*out);
}

static bool parse_hex(struct slice text, uint64_t *out)
{
    if (text.len == 10 && slice_icase_starts(text, SLICE_LIT("0x")))
        text = slice_from_offset(text, 2);
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.ptr[i]);
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *out = *out << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return text.len == 8;
}

/* "Version 15.1 (Build 2106.13)" → "15.1.2106.13", as Active Directory writes it. */
static struct slice without_words(struct slice text, char out[BUILD_TEXT_SIZE])
{
    struct slice version = SLICE_LIT("Version "), build = SLICE_LIT(" (Build ");
    size_t at = slice_icase_find(text, build);
    if (!slice_icase_starts(text, version) || at == SIZE_MAX || at < version.len ||
        text.ptr[text.len - 1] != ')')
        return text;
    struct slice front = slice_first(slice_from_offset(text, version.len), at - version.len);
    struct slice back = slice_from_offset(text, at + build.len);
    int len = snprintf(out, BUILD_TEXT_SIZE, "%.*s.%.*s", SLICE_FMT(front),
                       SLICE_FMT(slice_first(back, back.len - 1)));
    return len > 0 && len < BUILD_TEXT_SIZE ? slice_of(out, (size_t)len) : text;
}

static bool parse_parts(struct slice text, struct build *out)
{
    size_t count = 0;
    *out = (struct build){ { 0, 0, 0, BUILD_NO_REVISION } };
    while (text.ptr) {
        uint64_t part;
        if (count == 4 || !slice_to_u64(slice_cut(&text, '.'), &part) || part >= UINT16_MAX)
            return false;
        out->part[count++] = (uint16_t)part;
    }
    return count >= 3;
}

bool builds_parse(struct slice text, struct build *out)
{
    char scratch[BUILD_TEXT_SIZE];
    uint64_t number;
    text = slice_trim(text);
    if (slice_to_u64(text, &number) && number > UINT16_MAX)
        return builds_from_integer(number, out);
    if (parse_hex(text, &number))
        return builds_from_integer(number, out);
    return parse_parts(without_words(text, scratch), out) && builds_is_build(*out);
}

const char *builds_text(struct build build, char out[BUILD_TEXT_SIZE])
{
    if (build.part[3] != BUILD_NO_REVISION)
        return build_text(build, out);
    snprintf(out, BUILD_TEXT_SIZE, "%" PRIu16 ".%" PRIu16 ".%" PRIu16, build.part[0],
             build.part[1], build.part[2]);
    return out;
}

int builds_compare(struct build a, struct build b)
{
    for (size_t i = 0; i < 4; i++) {
        int x = i == 3 && a.part[i] == BUILD_NO_REVISION ? -1 : a.part[i];
        int y = i == 3 && b.part[i] == BUILD_NO_REVISION ? -1 : b.part[i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Of 2010 the service pack is the second part, and there is no CU. */
bool builds_same_cu(struct build a, struct build b)
{
    return a.part[0] == b.part[0] && a.part[1] == b.part[1] &&
           (a.part[2] == b.part[2] || a.part[0] == 14);
}

/* ---- the rule ---- */

/* What no update of the product's decides; PATCH_CODES: one does. */
static enum patch_code code_of_product(const struct product *product, const struct cve *cve)
{
    struct slice id = slice_from(cve->id);
    if (strcmp(product->key, "2010") == 0) {
        if (slice_eq(id, SLICE_LIT("CVE-2021-26857")))
            return PATCH_CODES;
        return slice_eq(id, SLICE_LIT("CVE-2020-0688")) ? PATCH_UNKNOWN : PATCH_NOT_AFFECTED;
    }
    if (strcmp(product->key, "2013") == 0) {
        if (slice_eq(id, SLICE_LIT("CVE-2021-42321")))
            return PATCH_NOT_AFFECTED;
        if (strcmp(cve->id, "CVE-2025") > 0) /* known when its support had ended */
            return PATCH_UNASSESSED;
    }
    return PATCH_CODES;
}

static bool is_update_for(const struct build_row *row, const struct product *product,
                          const struct cve *cve)
{
    const char *update = strcmp(product->key, "2010") == 0 ? "RU32" : cve->fixed_by;
    return row->product == product && slice_eq(row->update, slice_from(update));
}

struct fixes { /* the builds of the update that fixes it */
    size_t count;
    const struct build_row *highest, *of_cu; /* of_cu: the lower one where sources disagree */
};

static struct fixes find_fixes(const struct builds *builds, struct build build,
                               const struct cve *cve)
{
    struct fixes fixes = { 0, NULL, NULL };
    const struct product *product = product_of(build);
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (!is_update_for(row, product, cve))
            continue;
        fixes.count++;
        fixes.highest = row;
        if (!fixes.of_cu && builds_same_cu(row->build, build))
            fixes.of_cu = row;
    }
    return fixes;
}

/* The build's own row, or the next lower one of its CU. */
static const struct build_row *row_of(const struct builds *builds, struct build build)
{
    const struct build_row *found = NULL;
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (builds_same_cu(row->build, build) && builds_compare(row->build, build) <= 0)
            found = row;
    }
    return found;
}

/*
 * The updates of March 2021 for old CUs were built on the CU as it came out: they do not bring
 * what earlier updates fixed.
 */
static bool leaves_out(const struct builds *builds, struct build build, const struct cve *cve)
{
    const struct build_row *row = row_of(builds, build);
    return row && (row->doubt & DOUBT_OLD_CU) && strcmp(cve->fixed_by, "Mar21SU") != 0;
}

enum patch_code builds_apply_rule(const struct builds *builds, struct build build, size_t cve)
{
    const struct cve *what = &cve_table[cve];
    const struct product *product = product_of(build);
    enum patch_code code = product ? code_of_product(product, what) : PATCH_UNKNOWN;
    if (code != PATCH_CODES)
        return code;
    enum patch_code fixed = what->needs_configuration ? PATCH_CONFIGURE : PATCH_FIXED;
    struct fixes fixes = find_fixes(builds, build, what);
    if (!fixes.count) /* the product came out with it */
        return fixed;
    if (builds_compare(build, fixes.highest->build) >= 0)
        return fixed;
    if (!fixes.of_cu || builds_compare(build, fixes.of_cu->build) < 0)
        return PATCH_VULNERABLE;
    return leaves_out(builds, build, what) ? PATCH_NEEDS_EARLIER : fixed;
}

/* ---- what a build is ---- */

static void find_neighbours(const struct builds *builds, struct build_facts *facts)
{
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (row->product != facts->product)
            continue;
        int order = builds_compare(row->build, facts->build);
        if (order < 0)
            facts->below = row;
        if (order > 0 && !facts->above)
            facts->above = row;
        facts->newest = row;
    }
}

/* Sources name different builds of the update for this CU; this one lies between them. */
static bool is_disputed(const struct builds *builds, struct build build, size_t cve)
{
    bool by_one = false, by_all = true;
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (!(row->doubt & (DOUBT_HEALTHCHECKER | DOUBT_MICROSOFT)) ||
            !builds_same_cu(row->build, build) ||
            !is_update_for(row, row->product, &cve_table[cve]))
            continue;
        bool fixed = builds_compare(build, row->build) >= 0;
        by_one |= fixed;
        by_all &= fixed;
    }
    return by_one && !by_all;
}

static void describe_one(const struct builds *builds, struct build_facts *facts)
{
    bool listed = facts->row && builds_compare(facts->row->build, facts->build) == 0;
    facts->basis = listed ? BASIS_LISTED : BASIS_DERIVED;
    for (size_t i = 0; i < CVE_COUNT; i++) {
        facts->codes[i] =
            listed ? facts->row->codes[i] : builds_apply_rule(builds, facts->build, i);
        facts->disputed[i] = is_disputed(builds, facts->build, i);
    }
}

/* Only the CU is known: a code holds if it does for all its builds. */
static void describe_cu(const struct builds *builds, struct build_facts *facts)
{
    bool any = false;
    facts->basis = BASIS_CU;
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (!builds_same_cu(row->build, facts->build))
            continue;
        if (!any)
            facts->row = row;
        for (size_t c = 0; c < CVE_COUNT; c++)
            facts->codes[c] =
                !any || facts->codes[c] == row->codes[c] ? row->codes[c] : PATCH_UNKNOWN;
        any = true;
    }
    for (size_t c = 0; c < CVE_COUNT && !any; c++)
        facts->codes[c] = builds_apply_rule(builds, facts->build, c);
}

bool builds_describe(const struct builds *builds, struct build build, struct build_facts *out)
{
    *out = (struct build_facts){ .build = build, .product = product_of(build) };
    if (!out->product)
        return false;
    find_neighbours(builds, out);
    if (build.part[3] == BUILD_NO_REVISION) {
        describe_cu(builds, out);
    } else {
        out->row = row_of(builds, build);
        describe_one(builds, out);
    }
    return true;
}

static bool is_cure(enum patch_code code)
{
    return code == PATCH_FIXED || code == PATCH_CONFIGURE || code == PATCH_NEEDS_EARLIER;
}

const struct build_row *builds_fix(const struct builds *builds, struct build build, size_t cve)
{
    const struct build_row *later = NULL;
    for (size_t i = 0; i < builds->count; i++) {
        const struct build_row *row = &builds->rows[i];
        if (row->product != product_of(build) || !is_cure(row->codes[cve]))
            continue;
        if (builds_same_cu(row->build, build))
            return row;
        if (!later && builds_compare(row->build, build) > 0)
            later = row;
    }
    return later;
}
