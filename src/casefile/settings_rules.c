/*
 * Does a rule of URL Rewrite protect? It must stand where the Internet comes in, be switched
 * on, end the request, and must not be cleared further down; IIS must have the module; and the
 * forms of the attack must fit its pattern.
 */
#include "casefile/settings_internal.h"

#define FRONT_END "Default Web Site"

/* ---- places ---- */

enum site { SITE_UNKNOWN, SITE_ALL, SITE_FRONT_END, SITE_OTHER };

/* "Default Web Site/owa" → the site, and "owa". */
static enum site site_of(struct slice place, struct slice *application)
{
    struct slice rest = place, site = slice_cut(&rest, '/');
    *application = rest.ptr ? rest : SLICE_LIT("");
    if (!place.len)
        return SITE_ALL;
    if (slice_eq(place, SLICE_LIT("?")) || slice_starts(place, SLICE_LIT("?/")))
        return SITE_UNKNOWN;
    return slice_icase_eq(site, SLICE_LIT(FRONT_END)) ? SITE_FRONT_END : SITE_OTHER;
}

/* Probes that are asked for below this application; all of them for the site itself. */
static uint32_t probes_of(struct slice application)
{
    uint32_t probes = 0;
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (!application.len ||
            slice_icase_eq(application, slice_from(mitigation_probe_application((enum form)i))))
            probes |= FORM_BIT(i);
    return probes;
}

/* Is there a rule for a folder of this host's, and for which probes? */
static bool is_host_file(const struct host_settings *host, int64_t item)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->rows[i].item == item && host->rows[i].setting.kind == SETTING_FILE)
            return slice_eq(host->rows[i].setting.name, SLICE_LIT("applicationHost.config"));
    return false;
}

static const struct setting_row *file_of(const struct host_settings *host, int64_t item)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->rows[i].item == item && host->rows[i].setting.kind == SETTING_FILE)
            return &host->rows[i];
    return NULL;
}

/* ---- what clears a rule ---- */

static bool names_rule(const struct setting *clear, const struct setting *rule)
{
    if ((clear->flags ^ rule->flags) & SETTING_OUTBOUND)
        return false;
    return clear->kind == SETTING_CLEAR ||
           (clear->kind == SETTING_REMOVE && slice_icase_eq(clear->name, rule->name));
}

/* In the same place a later word of the same file counts, and web.config after the host's. */
static bool comes_later(const struct host_settings *host, const struct setting_row *clear,
                        const struct setting_row *rule)
{
    if (clear->item == rule->item)
        return clear->setting.offset > rule->setting.offset;
    return is_host_file(host, rule->item) && !is_host_file(host, clear->item);
}

/* The probes that reach Exchange although the rule stops them elsewhere. */
static uint32_t cleared_by(const struct host_settings *host, const struct setting_row *clear,
                           const struct setting_row *rule)
{
    struct slice at, rule_at;
    enum site site = site_of(clear->setting.place, &at);
    enum site rule_site = site_of(rule->setting.place, &rule_at);
    if (site != SITE_FRONT_END && site != SITE_ALL)
        return 0;
    if (slice_icase_eq(at, rule_at) && site == rule_site)
        return comes_later(host, clear, rule) ? FORMS_ALL : 0;
    /* Whatever stands further down is asked last. */
    bool below = site == SITE_FRONT_END && (at.len || rule_site == SITE_ALL) && !rule_at.len;
    return below ? probes_of(at) : 0;
}

static uint32_t mind_clears(const struct host_settings *host, const struct setting_row *rule,
                            uint32_t stops, struct mitigation *m)
{
    uint32_t kept = stops;
    for (size_t i = 0; i < host->count; i++) {
        const struct setting_row *clear = &host->rows[i];
        if (!names_rule(&clear->setting, &rule->setting))
            continue;
        uint32_t lost = cleared_by(host, clear, rule);
        if (!(kept & lost) && !(lost == FORMS_ALL && !m->cleared.ptr))
            continue;
        kept &= ~lost;
        m->why |= WHY_CLEARED;
        m->cleared = clear->setting.place;
        m->cleared_proof =
            (struct proof){ clear->path, clear->setting.offset,
                            clear->setting.kind == SETTING_CLEAR ? SLICE_LIT("<clear />")
                                                                 : clear->setting.name };
    }
    return kept;
}

/* ---- the module ---- */

static unsigned module_state(const struct host_settings *host)
{
    bool host_read = false;
    for (size_t i = 0; i < host->count; i++) {
        const struct setting *s = &host->rows[i].setting;
        if (setting_is_rewrite_module(s))
            return 0;
        host_read |= s->kind == SETTING_FILE &&
                     slice_eq(s->name, SLICE_LIT("applicationHost.config")) && !s->value.len;
    }
    return host_read ? WHY_NO_MODULE : WHY_MODULE_UNKNOWN;
}

/* ---- the judgement ---- */

#define WHYS_FAIL                                                                              \
    (WHY_OFF | WHY_ACTION | WHY_BROKEN | WHY_NO_MODULE | WHY_SITE | WHY_PRECONDITION)
#define WHYS_UNDECIDED (WHY_FILE | WHY_MODULE_UNKNOWN | WHY_SITE_UNKNOWN)

static unsigned whys_of(const struct host_settings *host, const struct setting_row *row,
                        enum site site, unsigned module)
{
    const struct setting *s = &row->setting;
    const struct setting_row *file = file_of(host, row->item);
    bool acts = s->flags & (SETTING_STOPS | SETTING_POLICY);
    return module | (s->flags & SETTING_OFF ? WHY_OFF : 0U) | (acts ? 0U : WHY_ACTION) |
           (s->flags & SETTING_BROKEN ? WHY_BROKEN : 0U) |
           (s->flags & SETTING_SHADOWED ? WHY_SHADOWED : 0U) |
           (s->flags & SETTING_PRECONDITION ? WHY_PRECONDITION : 0U) |
           (file && file->setting.value.len ? WHY_FILE : 0U) |
           (site == SITE_OTHER ? WHY_SITE : 0U) |
           (site == SITE_UNKNOWN ? WHY_SITE_UNKNOWN : 0U);
}

static void find_holes(struct mitigation *m, uint32_t stops)
{
    for (size_t i = 0; i < mitigation_hole_count; i++) {
        uint32_t probes = mitigation_holes[i].probes, hit = stops & probes;
        if (probes && hit == probes)
            m->holes |= UINT32_C(1) << i;
        else if (hit)
            m->partly |= UINT32_C(1) << i;
    }
}

/* `should`: what its name promises; a rule of no known name promises to close some hole. */
static enum mitigation_state state_of(const struct mitigation *m, uint32_t should)
{
    if (m->why & WHYS_FAIL)
        return MITIGATION_FAILS;
    if (!m->stops)
        return MITIGATION_FAILS;
    if (m->why & WHYS_UNDECIDED)
        return MITIGATION_UNDECIDED;
    if (m->misses || (!should && !m->holes))
        return MITIGATION_PARTLY;
    return MITIGATION_WORKS;
}

static void judge_inbound(const struct host_settings *host, const struct setting_row *row,
                          unsigned module, struct settings *out)
{
    const struct setting *s = &row->setting;
    struct slice application;
    uint32_t should;
    enum site site = site_of(s->place, &application);
    enum mitigation_id id = mitigation_by_name(s->name, &should);
    uint32_t fits =
        application.len ? s->application_mask & probes_of(application) : s->site_mask;
    if (id == MITIGATION_HAND_MADE && !(s->flags & SETTING_STOPS && fits))
        return; /* a rule for something else */
    struct mitigation *m = settings_add_mitigation(out, host->arena, row, id);
    if (!m)
        return;
    m->why = whys_of(host, row, site, module);
    m->stops = mind_clears(host, row, fits, m);
    m->misses = should & ~m->stops;
    if (m->misses)
        m->why |= WHY_PASSES;
    if (m->misses && application.len)
        m->why |= WHY_APPLICATION;
    find_holes(m, m->stops);
    m->state = state_of(m, should);
}

/* EEMS M2: what its policy allows is not judged, only that it is set, and where. */
static void judge_outbound(const struct host_settings *host, const struct setting_row *row,
                           unsigned module, struct settings *out)
{
    const struct setting *s = &row->setting;
    struct slice application;
    uint32_t should;
    enum site site = site_of(s->place, &application);
    enum mitigation_id id = mitigation_by_name(s->name, &should);
    bool for_owa = !application.len || slice_icase_eq(application, SLICE_LIT("owa"));
    if (id != MITIGATION_EEMS_M2 && !(s->flags & SETTING_POLICY && for_owa))
        return;
    struct mitigation *m = settings_add_mitigation(out, host->arena, row, id);
    if (!m)
        return;
    m->why = whys_of(host, row, for_owa ? site : SITE_OTHER, module);
    bool kept = mind_clears(host, row, FORM_BIT(FORM_OWA), m);
    m->holes = UINT32_C(1) << mitigation_find_hole("CVE-2026-42897");
    if (m->why & WHYS_FAIL || !kept)
        m->state = MITIGATION_FAILS;
    else
        m->state = m->why & WHYS_UNDECIDED ? MITIGATION_UNDECIDED : MITIGATION_WORKS;
}

void settings_judge_rules(const struct host_settings *host, struct settings *out)
{
    unsigned module = module_state(host);
    for (size_t i = 0; i < host->count; i++) {
        const struct setting_row *row = &host->rows[i];
        if (row->setting.kind != SETTING_REWRITE)
            continue;
        if (row->setting.flags & SETTING_OUTBOUND)
            judge_outbound(host, row, module, out);
        else
            judge_inbound(host, row, module, out);
    }
}
