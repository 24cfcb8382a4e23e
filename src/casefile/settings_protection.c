/* Mitigations that are no rules: pools and services that are off, Extended Protection. */
#include "base/buf.h"
#include "casefile/settings_internal.h"

static void close_hole(struct mitigation *m, const char *cve)
{
    size_t hole = mitigation_find_hole(cve);
    if (hole != SIZE_MAX)
        m->holes = UINT32_C(1) << hole;
}

/* What does not start by itself may run all the same: the file does not say. */
static void judge_pool(const struct host_settings *host, const struct setting_row *row,
                       struct settings *out)
{
    const char *cve = mitigation_of_pool(row->setting.name);
    if (!cve || !(row->setting.flags & SETTING_OFF))
        return;
    struct mitigation *m = settings_add_mitigation(out, host->arena, row, MITIGATION_POOL);
    if (!m)
        return;
    close_hole(m, cve);
    m->why = WHY_RESTARTS;
    m->state = MITIGATION_UNDECIDED;
}

static void judge_service(const struct host_settings *host, const struct setting_row *row,
                          struct settings *out)
{
    const struct setting *s = &row->setting;
    const char *cve = mitigation_of_service(s->name);
    if (!cve || !(s->flags & SETTING_OFF))
        return;
    struct mitigation *m = settings_add_mitigation(out, host->arena, row, MITIGATION_SERVICE);
    if (!m)
        return;
    bool disabled = slice_icase_eq(s->value, SLICE_LIT("Disabled"));
    close_hole(m, cve);
    m->why = disabled ? 0 : WHY_RESTARTS;
    m->state = disabled ? MITIGATION_WORKS : MITIGATION_UNDECIDED;
}

/* ---- Extended Protection ---- */

/* The setting at a place of one file, or where it is inherited from. */
static const struct setting *find(const struct host_settings *host, int64_t item,
                                  enum setting_kind kind, struct slice place, bool inherit)
{
    const struct setting *found = NULL;
    for (size_t i = 0; i < host->count; i++) {
        const struct setting_row *row = &host->rows[i];
        if (row->item == item && row->setting.kind == kind &&
            slice_icase_eq(row->setting.place, place))
            found = &row->setting;
    }
    if (found || !inherit || !place.len)
        return found;
    size_t slash = place.len;
    while (slash && place.ptr[slash - 1] != '/')
        slash--;
    return find(host, item, kind, slice_first(place, slash ? slash - 1 : 0), true);
}

static enum protection protection_of(const struct setting *setting)
{
    if (!setting)
        return PROTECTION_NONE;
    if (slice_icase_eq(setting->value, SLICE_LIT("Require")))
        return PROTECTION_REQUIRE;
    return slice_icase_eq(setting->value, SLICE_LIT("Allow")) ? PROTECTION_ALLOW
                                                              : PROTECTION_NONE;
}

static bool needs_encryption(const struct host_settings *host, int64_t item, struct slice place)
{
    const struct setting *ssl = find(host, item, SETTING_SSL, place, true);
    return !ssl || !slice_icase_has(ssl->value, SLICE_LIT("Ssl"));
}

#define PLACES_NAMED 4

struct protection_count {
    unsigned on, off;
    struct buf without; /* places, the first few */
};

static void note_without(struct protection_count *count, struct slice place)
{
    if (count->off < PLACES_NAMED)
        buf_printf(&count->without, "%s%.*s", count->off ? ", " : "", SLICE_FMT(place));
    count->off++;
}

static void count_places(const struct host_settings *host, int64_t item,
                         struct protection_count *count)
{
    for (size_t i = 0; i < protection_count; i++) {
        struct slice place = slice_from(protection_table[i].place);
        const struct setting *own = find(host, item, SETTING_PROTECTION, place, false);
        if (!own && !find(host, item, SETTING_SSL, place, false))
            continue; /* nothing says that the application is there */
        if (protection_of(own) >= protection_table[i].needs &&
            !needs_encryption(host, item, place))
            count->on++;
        else
            note_without(count, place);
    }
}

static void judge_protection(const struct host_settings *host, const struct setting_row *row,
                             struct settings *out)
{
    struct protection_count count = { 0, 0, BUF_INIT };
    count_places(host, row->item, &count);
    if (count.off > PLACES_NAMED)
        buf_printf(&count.without, " and %u more", count.off - PLACES_NAMED);
    struct mitigation *m = count.on + count.off ? settings_add_mitigation(out, host->arena, row,
                                                                          MITIGATION_PROTECTION)
                                                : NULL;
    if (m) {
        m->name = SLICE_LIT("Extended Protection");
        m->value = arena_copy(host->arena, buf_slice(&count.without));
        m->proof.row = SLICE_LIT("tokenChecking and sslFlags of Exchange's applications");
        m->why = count.off ? WHY_INCOMPLETE : 0;
        m->state = !count.off ? MITIGATION_WORKS
                   : count.on ? MITIGATION_PARTLY
                              : MITIGATION_FAILS;
        if (count.off)
            m->partly = count.on ? UINT32_C(1) << mitigation_find_hole("CVE-2024-21410") : 0;
        else
            close_hole(m, "CVE-2024-21410");
    }
    buf_deinit(&count.without);
}

void settings_judge_others(const struct host_settings *host, struct settings *out)
{
    for (size_t i = 0; i < host->count; i++) {
        const struct setting_row *row = &host->rows[i];
        if (row->setting.kind == SETTING_POOL)
            judge_pool(host, row, out);
        else if (row->setting.kind == SETTING_SERVICE)
            judge_service(host, row, out);
        else if (row->setting.kind == SETTING_FILE &&
                 slice_eq(row->setting.name, SLICE_LIT("applicationHost.config")))
            judge_protection(host, row, out);
    }
}
