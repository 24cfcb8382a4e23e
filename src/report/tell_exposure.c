#include "report/tell_exposure.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/exposure_words.h"

static struct slice fill(struct report *r, enum exposure_word which,
                         const struct filler *fillers, size_t count)
{
    struct buf text = BUF_INIT;
    words_fill(&text, exposure_word(which), fillers, count);
    return tell_keep(r, &text);
}

#define SAY(r, which, ...)                                                                     \
    fill(r, which, (const struct filler[]){ __VA_ARGS__ },                                     \
         sizeof((const struct filler[]){ __VA_ARGS__ }) / sizeof(struct filler))

static struct slice build_text_of(struct report *r, struct build build)
{
    char text[BUILD_TEXT_SIZE];
    return tell_format(r, "%s", builds_text(build, text));
}

static struct slice name_of(struct report *r, const struct build_facts *facts)
{
    struct buf text = BUF_INIT;
    exposure_words_build(&text, facts);
    return tell_keep(r, &text);
}

static struct slice duration(struct report *r, int64_t ms)
{
    struct buf text = BUF_INIT;
    exposure_words_duration(&text, ms);
    return tell_keep(r, &text);
}

/* The CVEs of a set, as a list of ids. */
static struct slice ids(struct report *r, const bool in[CVE_COUNT])
{
    struct slice names[CVE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < CVE_COUNT; i++)
        if (in[i])
            names[count++] = slice_from(cve_table[i].id);
    return tell_names(r, names, count);
}

/* ---- builds ---- */

void tell_exposure_builds(struct report *r, const struct exposure *exposure,
                          struct sentences *out)
{
    for (size_t i = 0; i < exposure->build_count; i++) {
        const struct exposure_build *b = &exposure->timeline[i];
        struct slice source = slice_from(exposure_words_source(b->source));
        struct slice head = SAY(
            r, b->to - b->from < MS_PER_SECOND ? EXPOSURE_MOMENT : EXPOSURE_SPAN,
            { "build", build_text_of(r, b->facts.build) }, { "name", name_of(r, &b->facts) },
            { "from", tell_when(r, b->from) }, { "from_ref", tell_cite(r, &b->first) },
            { "to", tell_when(r, b->to) }, { "to_ref", tell_cite(r, &b->last) });
        sentences_add(out,
                      tell_format(r, "%.*s, %.*s", SLICE_FMT(head),
                                  SLICE_FMT(SAY(r, EXPOSURE_SOURCE, { "source", source }))));
    }
    if (exposure->builds_left_out)
        sentences_add(
            out,
            SAY(r, EXPOSURE_LEFT_OUT,
                { "count", tell_format(r, "%lu", (unsigned long)exposure->builds_left_out) }));
    const struct exposure_build *installed = exposure->installed;
    if (installed)
        sentences_add(out, SAY(r, EXPOSURE_INSTALLED,
                               { "build", build_text_of(r, installed->facts.build) },
                               { "name", name_of(r, &installed->facts) },
                               { "ref", tell_cite(r, &installed->first) }));
    if (!exposure->now)
        sentences_add(out, slice_from(exposure_word(EXPOSURE_NO_BUILD)));
}

/* ---- history ---- */

static bool patched_with(const struct exposure_cve *cve, const struct exposure_interval *like)
{
    const struct exposure_interval *own = exposure_patched(cve);
    return own && own->to == like->to && own->until == like->until;
}

/* Used before it was fixed: the earliest of a group. */
static const struct exposure_cve *used_first(const struct exposure *exposure,
                                             const bool in[CVE_COUNT], int64_t until)
{
    const struct exposure_cve *first = NULL;
    for (size_t i = 0; i < CVE_COUNT; i++) {
        const struct exposure_cve *cve = &exposure->cves[i];
        if (in[i] && cve->first_used != TIME_NONE && cve->first_used < until &&
            (!first || cve->first_used < first->first_used))
            first = cve;
    }
    return first;
}

/* Which CVEs does the row that shows the first use of this one show? Rules name several. */
static void used_together(const struct exposure *exposure, const struct exposure_cve *cve,
                          bool in[CVE_COUNT])
{
    for (size_t i = 0; i < CVE_COUNT; i++) {
        const struct exposure_cve *other = &exposure->cves[i];
        in[i] = other->first_used != TIME_NONE && other->first_used == cve->first_used &&
                other->used.offset == cve->used.offset &&
                slice_eq(other->used.path, cve->used.path);
    }
}

static struct slice too_late(struct report *r, const struct exposure *exposure,
                             const struct exposure_cve *cve, int64_t until)
{
    bool in[CVE_COUNT];
    used_together(exposure, cve, in);
    return SAY(r, EXPOSURE_TOO_LATE, { "cves", ids(r, in) },
               { "time", tell_when(r, cve->first_used) }, { "ref", tell_cite(r, &cve->used) },
               { "before", duration(r, until - cve->first_used) });
}

static void tell_patch(struct report *r, const struct exposure *exposure, size_t index,
                       struct sentences *out)
{
    const struct exposure_interval *patch = exposure_patched(&exposure->cves[index]);
    bool in[CVE_COUNT] = { false };
    for (size_t i = index; i < CVE_COUNT; i++)
        in[i] = patched_with(&exposure->cves[i], patch);
    struct slice cves = ids(r, in);
    struct slice sentence = SAY(
        r, patch->to < patch->until ? EXPOSURE_PATCHED : EXPOSURE_PATCHED_BY, { "cves", cves },
        { "last", tell_when(r, patch->to) }, { "last_ref", tell_cite(r, &patch->last) },
        { "first", tell_when(r, patch->until) }, { "first_ref", tell_cite(r, &patch->fixed) });
    const struct exposure_cve *used = used_first(exposure, in, patch->until);
    if (used)
        sentence = tell_format(r, "%.*s %.*s", SLICE_FMT(sentence),
                               SLICE_FMT(too_late(r, exposure, used, patch->until)));
    sentences_add(out, sentence);
}

/* Patches in the order of the table; each is told with the first of its CVEs. */
static void tell_patches(struct report *r, const struct exposure *exposure,
                         struct sentences *out)
{
    for (size_t i = 0; i < CVE_COUNT; i++) {
        const struct exposure_interval *patch = exposure_patched(&exposure->cves[i]);
        bool told = !patch;
        for (size_t j = 0; j < i && !told; j++)
            told = patched_with(&exposure->cves[j], patch);
        if (!told)
            tell_patch(r, exposure, i, out);
    }
}

/* Rows show it vulnerable to their end, and what is installed is fixed. */
static void tell_patched_after(struct report *r, const struct exposure *exposure,
                               struct sentences *out)
{
    bool in[CVE_COUNT] = { false };
    const struct exposure_interval *last = NULL;
    for (size_t i = 0; exposure->installed && i < CVE_COUNT; i++) {
        const struct exposure_cve *cve = &exposure->cves[i];
        if (!cve->interval_count || cve->now == PATCH_VULNERABLE || cve->now == PATCH_UNKNOWN ||
            cve->intervals[cve->interval_count - 1].until != TIME_NONE)
            continue;
        in[i] = true;
        last = &cve->intervals[cve->interval_count - 1];
    }
    if (!last)
        return;
    struct slice sentence =
        SAY(r, EXPOSURE_PATCHED_AFTER, { "cves", ids(r, in) },
            { "last", tell_when(r, last->to) }, { "last_ref", tell_cite(r, &last->last) },
            { "ref", tell_cite(r, &exposure->installed->first) });
    const struct exposure_cve *used = used_first(exposure, in, last->to);
    if (used)
        sentence = tell_format(r, "%.*s %.*s", SLICE_FMT(sentence),
                               SLICE_FMT(too_late(r, exposure, used, last->to)));
    sentences_add(out, sentence);
}

static bool used_when_fixed(const struct exposure_cve *cve)
{
    return cve->when_used == PATCH_FIXED || cve->when_used == PATCH_NOT_AFFECTED;
}

/* Told with the first CVE that the row shows. Some of a rule's CVEs may have been fixed. */
static void tell_use(struct report *r, const struct exposure *exposure, size_t index,
                     struct sentences *out)
{
    bool in[CVE_COUNT], fixed = true, open = false;
    const struct exposure_cve *cve = &exposure->cves[index];
    if (cve->first_used == TIME_NONE)
        return;
    used_together(exposure, cve, in);
    for (size_t i = 0; i < CVE_COUNT; i++) {
        if (in[i] && i < index)
            return;
        fixed &= !in[i] || used_when_fixed(&exposure->cves[i]);
        open |= in[i] && exposure->cves[i].now == PATCH_VULNERABLE;
    }
    if (!fixed && !open)
        return;
    sentences_add(out, SAY(r, fixed ? EXPOSURE_USED_FIXED : EXPOSURE_USED,
                           { "cves", ids(r, in) }, { "time", tell_when(r, cve->first_used) },
                           { "ref", tell_cite(r, &cve->used) }));
}

void tell_exposure_history(struct report *r, const struct exposure *exposure,
                           struct sentences *out)
{
    tell_patches(r, exposure, out);
    tell_patched_after(r, exposure, out);
    for (size_t i = 0; i < CVE_COUNT && exposure->now; i++)
        tell_use(r, exposure, i, out);
}

/* ---- now ---- */

static size_t select_code(const struct exposure *exposure, enum patch_code code,
                          bool in[CVE_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < CVE_COUNT; i++) {
        in[i] = exposure->cves[i].now == code;
        count += in[i];
    }
    return count;
}

static void tell_vulnerable(struct report *r, const struct exposure *exposure,
                            struct sentences *out)
{
    bool in[CVE_COUNT];
    size_t count = select_code(exposure, PATCH_VULNERABLE, in);
    sentences_add(out, SAY(r, count ? EXPOSURE_NOW : EXPOSURE_NOW_NONE, { "cves", ids(r, in) },
                           { "count", tell_format(r, "%lu", (unsigned long)count) },
                           { "of", tell_format(r, "%d", CVE_COUNT) },
                           { "known", exposure->builds->known_on }));
}

static void tell_conditions(struct report *r, const struct exposure *exposure,
                            struct sentences *out)
{
    for (size_t i = 0; i < CVE_COUNT; i++) {
        const struct exposure_cve *cve = &exposure->cves[i];
        if (cve->now == PATCH_CONFIGURE)
            sentences_add(out,
                          SAY(r, EXPOSURE_CONFIGURE, { "cve", slice_from(cve->cve->id) },
                              { "condition",
                                slice_from(exposure_words_condition(cve->cve->condition)) }));
    }
}

void tell_exposure_now(struct report *r, const struct exposure *exposure, struct sentences *out)
{
    bool in[CVE_COUNT];
    if (!exposure->now)
        return;
    const struct product *product = exposure->now->facts.product;
    tell_vulnerable(r, exposure, out);
    tell_conditions(r, exposure, out);
    if (select_code(exposure, PATCH_NEEDS_EARLIER, in))
        sentences_add(out, SAY(r, EXPOSURE_EARLIER, { "cves", ids(r, in) }));
    if (select_code(exposure, PATCH_UNKNOWN, in))
        sentences_add(out, SAY(r, EXPOSURE_DEPENDS, { "cves", ids(r, in) }));
    if (select_code(exposure, PATCH_UNASSESSED, in))
        sentences_add(out, SAY(r, EXPOSURE_UNASSESSED, { "cves", ids(r, in) },
                               { "product", slice_from(product->name) },
                               { "date", slice_from(product->support_ended) }));
}

/* ---- doubts ---- */

static void tell_conflicts(struct report *r, const struct exposure *exposure,
                           struct sentences *out)
{
    static const enum exposure_word words[] = { [MIX_PROGRAM_NEWER] = EXPOSURE_PROGRAM_NEWER,
                                                [MIX_SETUP_OLDER] = EXPOSURE_SETUP_OLDER,
                                                [MIX_SETUP_NEWER] = EXPOSURE_SETUP_NEWER,
                                                [MIX_OVERLAP] = EXPOSURE_OVERLAP };
    for (size_t i = 0; i < exposure->conflict_count; i++) {
        const struct exposure_conflict *c = &exposure->conflicts[i];
        sentences_add(out, SAY(r, words[c->mix], { "one", build_text_of(r, c->one) },
                               { "one_ref", tell_cite(r, &c->one_proof) },
                               { "other", build_text_of(r, c->other) },
                               { "other_ref", tell_cite(r, &c->other_proof) }));
    }
}

static void tell_traces(struct report *r, const struct exposure *exposure,
                        struct sentences *out)
{
    struct slice names[EXPOSURE_OTHERS_MAX];
    for (size_t i = 0; i < exposure->folder_count; i++)
        names[i] =
            tell_format(r, "%.*s %.*s", SLICE_FMT(build_text_of(r, exposure->folders[i].build)),
                        SLICE_FMT(tell_cite(r, &exposure->folders[i].proof)));
    if (exposure->folder_count)
        sentences_add(out, SAY(r, EXPOSURE_FOLDERS,
                               { "builds", tell_names(r, names, exposure->folder_count) }));
    for (size_t i = 0; i < exposure->claim_count; i++)
        sentences_add(out, SAY(r, EXPOSURE_CLAIM,
                               { "build", build_text_of(r, exposure->claims[i].build) },
                               { "ref", tell_cite(r, &exposure->claims[i].proof) }));
}

/* How well the build itself is known. */
static void tell_basis(struct report *r, const struct build_facts *facts, struct sentences *out)
{
    struct buf doubt = BUF_INIT;
    if (facts->basis == BASIS_DERIVED)
        sentences_add(out,
                      SAY(r, EXPOSURE_DERIVED, { "build", build_text_of(r, facts->build) }));
    if (facts->basis == BASIS_CU)
        sentences_add(out,
                      SAY(r, EXPOSURE_CU_ONLY, { "build", build_text_of(r, facts->build) }));
    if (facts->basis == BASIS_LISTED)
        exposure_words_doubt(&doubt, facts->row->doubt);
    sentences_add(out, tell_keep(r, &doubt));
}

/* CVEs of the same time are told together. */
static void tell_unwatched(struct report *r, const struct exposure *exposure,
                           struct sentences *out)
{
    bool told[CVE_COUNT] = { false };
    for (size_t i = 0; i < CVE_COUNT; i++) {
        const struct exposure_cve *cve = &exposure->cves[i];
        bool in[CVE_COUNT] = { false };
        if (told[i] || !cve->decidable || cve->unwatched_ms < MS_PER_HOUR)
            continue;
        for (size_t j = i; j < CVE_COUNT; j++)
            told[j] |= in[j] = exposure->cves[j].decidable &&
                               exposure->cves[j].unwatched_ms == cve->unwatched_ms;
        sentences_add(out, SAY(r, EXPOSURE_UNWATCHED, { "cves", ids(r, in) },
                               { "time", duration(r, cve->unwatched_ms) }));
    }
}

void tell_exposure_doubts(struct report *r, const struct exposure *exposure,
                          struct sentences *out)
{
    bool disputed[CVE_COUNT];
    bool any = false;
    tell_conflicts(r, exposure, out);
    for (size_t i = 0; i < exposure->build_count; i++)
        tell_basis(r, &exposure->timeline[i].facts, out);
    if (exposure->installed)
        tell_basis(r, &exposure->installed->facts, out);
    for (size_t i = 0; i < CVE_COUNT; i++)
        any |= disputed[i] = exposure->cves[i].disputed;
    if (any)
        sentences_add(out, SAY(r, EXPOSURE_DISPUTED, { "cves", ids(r, disputed) }));
    tell_unwatched(r, exposure, out);
    tell_traces(r, exposure, out);
}
