#include "report/build_entry.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "report/exposure_words.h"

/* ---- text ---- */

static void print_filled(const struct page *page, struct buf *text, size_t indent)
{
    if (text->len)
        page_wrap(page, INK_PLAIN, NULL, indent, buf_slice(text));
    buf_clear(text);
}

static void add_support(struct buf *text, const struct product *product)
{
    struct filler date = { "date", slice_from(product->support_ended) };
    bool runs = strcmp(product->key, "SE") == 0;
    enum exposure_word which = runs                    ? EXPOSURE_SUPPORT_RUNS
                               : product->paid_updates ? EXPOSURE_SUPPORT_PAID
                                                       : EXPOSURE_SUPPORT_ENDED;
    words_fill(text, exposure_word(which), &date, 1);
}

static void add_newest(struct buf *text, const struct build_facts *facts)
{
    char build[BUILD_TEXT_SIZE];
    struct buf name = BUF_INIT;
    buf_add_char(text, ' ');
    if (builds_compare(facts->newest->build, facts->build) <= 0) {
        buf_add_text(text, exposure_word(EXPOSURE_IS_NEWEST));
        return;
    }
    exposure_words_row(&name, facts->newest);
    struct filler fillers[] = { { "build",
                                  slice_from(builds_text(facts->newest->build, build)) },
                                { "name", buf_slice(&name) } };
    words_fill(text, exposure_word(EXPOSURE_NEWEST), fillers, 2);
    buf_deinit(&name);
}

static void print_head(const struct page *page, const struct builds *builds,
                       const struct build_facts *facts)
{
    char build[BUILD_TEXT_SIZE];
    struct buf text = BUF_INIT;
    struct filler own = { "build", slice_from(builds_text(facts->build, build)) };
    buf_printf(&text, "%s: ", own.value.ptr);
    exposure_words_build(&text, facts);
    page_wrap(page, INK_BOLD, NULL, 0, buf_slice(&text));
    buf_clear(&text);
    add_support(&text, facts->product);
    add_newest(&text, facts);
    buf_printf(&text, " All that is said here is of the %d CVEs known on %.*s.", CVE_COUNT,
               SLICE_FMT(builds->known_on));
    print_filled(page, &text, 2);
    if (facts->basis == BASIS_DERIVED)
        words_fill(&text, exposure_word(EXPOSURE_DERIVED), &own, 1);
    else if (facts->basis == BASIS_CU)
        words_fill(&text, exposure_word(EXPOSURE_CU_ONLY), &own, 1);
    else
        exposure_words_doubt(&text, facts->row->doubt);
    print_filled(page, &text, 2);
    buf_deinit(&text);
}

/* What is vulnerable needs its update first. */
static bool wants_condition(const struct cve *cve, enum patch_code code)
{
    if (code == PATCH_VULNERABLE || code == PATCH_UNKNOWN)
        return cve->needs_configuration;
    return code != PATCH_NOT_AFFECTED && code != PATCH_UNASSESSED;
}

/* "CVE-2021-28480  April 2021: requests to calendars. Fixed by ..." */
static void print_cve(const struct page *page, const struct builds *builds,
                      const struct build_facts *facts, size_t i)
{
    struct buf text = BUF_INIT;
    enum patch_code code = facts->codes[i];
    const struct cve *cve = &cve_table[i];
    const char *condition = exposure_words_condition(cve->condition);
    buf_add_text(&text, cve->name);
    if (code != PATCH_NOT_AFFECTED) {
        buf_add_text(&text, ". ");
        exposure_words_fix(&text, facts, i, builds_fix(builds, facts->build, i));
    }
    buf_add_char(&text, '.');
    if (*condition && wants_condition(cve, code))
        buf_printf(&text, " %s", condition);
    if (facts->disputed[i]) {
        struct filler id = { "cves", slice_from(cve->id) };
        buf_add_char(&text, ' ');
        words_fill(&text, exposure_word(EXPOSURE_DISPUTED), &id, 1);
    }
    char head[32];
    snprintf(head, sizeof head, "    %-15s ", cve->id);
    page_wrap(page, INK_PLAIN, head, 20, buf_slice(&text));
    buf_deinit(&text);
}

static void print_code(const struct page *page, const struct builds *builds,
                       const struct build_facts *facts, enum patch_code code)
{
    char heading[80];
    int count = 0;
    for (size_t i = 0; i < CVE_COUNT; i++)
        count += facts->codes[i] == code;
    if (!count)
        return;
    snprintf(heading, sizeof heading, "  %s (%d of %d)", exposure_words_code(code), count,
             CVE_COUNT);
    page_blank(page);
    page_line(page, code == PATCH_VULNERABLE ? INK_ALARM : INK_BOLD, heading);
    for (size_t i = 0; i < CVE_COUNT; i++)
        if (facts->codes[i] == code)
            print_cve(page, builds, facts, i);
}

void build_entry_text(const struct page *page, const struct builds *builds,
                      const struct build_facts *facts)
{
    static const enum patch_code order[] = { PATCH_VULNERABLE,  PATCH_NEEDS_EARLIER,
                                             PATCH_UNKNOWN,     PATCH_CONFIGURE,
                                             PATCH_UNASSESSED,  PATCH_FIXED,
                                             PATCH_NOT_AFFECTED };
    const char *const *beyond = exposure_words_beyond();
    print_head(page, builds, facts);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        print_code(page, builds, facts, order[i]);
    if (facts->product->major < 15)
        return;
    page_blank(page);
    page_line(page, INK_BOLD, "  OTHER CVES THAT NEED MORE THAN AN UPDATE (not judged here)");
    for (size_t i = 0; beyond[i]; i++)
        page_wrap(page, INK_PLAIN, "    - ", 6, slice_from(beyond[i]));
}

/* ---- records ---- */

#define SCHEMA_VERSION 1

static void list_codes(struct json *json, const char *key, const struct build_facts *facts,
                       enum patch_code code)
{
    json_list_begin(json, key);
    for (size_t i = 0; i < CVE_COUNT; i++)
        if (facts->codes[i] == code)
            json_list_text(json, slice_from(cve_table[i].id));
    json_list_end(json);
}

static void add_row(struct json *json, const struct build_facts *facts)
{
    static const char *const bases[] = {
        [BASIS_LISTED] = "listed", [BASIS_DERIVED] = "derived", [BASIS_CU] = "cu"
    };
    const struct build_row *row = facts->row;
    json_text(json, "hauberk.product", slice_from(facts->product->name));
    json_text(json, "hauberk.basis", slice_from(bases[facts->basis]));
    if (row)
        json_text(json, "hauberk.cu", row->cu);
    if (row && facts->basis == BASIS_LISTED) {
        json_text(json, "hauberk.update", row->update);
        json_text(json, "hauberk.released", row->date);
        if (row->kb.ptr)
            json_text(json, "hauberk.kb", row->kb);
    }
    json_text(json, "hauberk.support_ended", slice_from(facts->product->support_ended));
}

static void add_codes(struct json *json, const struct build_facts *facts)
{
    list_codes(json, "hauberk.vulnerable_to", facts, PATCH_VULNERABLE);
    list_codes(json, "hauberk.needs_configuration", facts, PATCH_CONFIGURE);
    list_codes(json, "hauberk.needs_earlier_update", facts, PATCH_NEEDS_EARLIER);
    list_codes(json, "hauberk.fixed", facts, PATCH_FIXED);
    list_codes(json, "hauberk.not_affected", facts, PATCH_NOT_AFFECTED);
    list_codes(json, "hauberk.not_assessed", facts, PATCH_UNASSESSED);
    list_codes(json, "hauberk.not_decidable", facts, PATCH_UNKNOWN);
    json_list_begin(json, "hauberk.disputed");
    for (size_t i = 0; i < CVE_COUNT; i++)
        if (facts->disputed[i])
            json_list_text(json, slice_from(cve_table[i].id));
    json_list_end(json);
}

static struct json record_open(struct buf *out, const char *kind, struct slice host)
{
    struct json json = json_open(out);
    json_text(&json, "record", slice_from(kind));
    json_int(&json, "hauberk.schema", SCHEMA_VERSION);
    json_text(&json, "host.name", host.ptr ? host : slice_from(""));
    return json;
}

static void record_close(struct json *json)
{
    json_close(json);
    buf_add_char(json->out, '\n');
}

static void add_proof(struct json *json, const struct proof *proof)
{
    if (!proof->path.ptr)
        return;
    json_text(json, "log.file.path", proof->path);
    json_int(json, "hauberk.offset", (int64_t)proof->offset);
}

static void add_build(struct json *json, const struct build_facts *facts)
{
    char text[BUILD_TEXT_SIZE];
    json_text(json, "hauberk.build", slice_from(builds_text(facts->build, text)));
    add_row(json, facts);
}

void build_entry_ndjson(struct buf *out, const struct build_facts *facts)
{
    struct json json = record_open(out, "exposure", SLICE_NULL);
    add_build(&json, facts);
    add_codes(&json, facts);
    record_close(&json);
}

static void write_build(struct buf *out, const struct exposure *exposure,
                        const struct exposure_build *build)
{
    struct json json = record_open(out, "exposure", exposure->host);
    add_build(&json, &build->facts);
    json_text(&json, "hauberk.build_source", slice_from(build_source_name(build->source)));
    json_time(&json, "hauberk.from", build->from);
    json_time(&json, "hauberk.to", build->to);
    add_codes(&json, &build->facts);
    add_proof(&json, &build->first);
    record_close(&json);
}

static void list_intervals(struct json *json, const struct exposure_cve *cve)
{
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    json_list_begin(json, "hauberk.vulnerable");
    for (size_t i = 0; i < cve->interval_count; i++)
        json_list_pair(json, slice_from(time_format(cve->intervals[i].from, from)),
                       slice_from(time_format(cve->intervals[i].to, to)));
    json_list_end(json);
}

static void write_cve(struct buf *out, const struct exposure *exposure,
                      const struct exposure_cve *cve)
{
    char code[2] = { patch_letter(cve->now), '\0' }, text[BUILD_TEXT_SIZE];
    const struct exposure_interval *patch = exposure_patched(cve);
    struct json json = record_open(out, "vulnerability", exposure->host);
    json_text(&json, "vulnerability.id", slice_from(cve->cve->id));
    json_text(&json, "hauberk.code", slice_from(code));
    json_text(&json, "hauberk.known_on", exposure->builds->known_on);
    if (cve->fix)
        json_text(&json, "hauberk.fixed_in", slice_from(builds_text(cve->fix->build, text)));
    list_intervals(&json, cve);
    if (patch) {
        json_time(&json, "hauberk.last_vulnerable", patch->to);
        json_time(&json, "hauberk.first_fixed", patch->until);
    }
    json_time(&json, "hauberk.first_used", cve->first_used);
    json_bool(&json, "hauberk.decidable", cve->decidable);
    json_int(&json, "hauberk.unwatched_ms", cve->unwatched_ms);
    if (patch)
        add_proof(&json, &patch->fixed);
    else if (cve->interval_count)
        add_proof(&json, &cve->intervals[0].first);
    record_close(&json);
}

void build_entry_host_ndjson(struct buf *out, const struct exposure *exposure)
{
    for (size_t i = 0; i < exposure->build_count; i++)
        write_build(out, exposure, &exposure->timeline[i]);
    if (exposure->installed)
        write_build(out, exposure, exposure->installed);
    for (size_t i = 0; i < CVE_COUNT && exposure->now; i++)
        write_cve(out, exposure, &exposure->cves[i]);
}
