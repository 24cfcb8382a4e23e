/* The second axis: what harm is proven, possible, not seen or not observable, and why. */
#include "casefile/taken.h"
#include "casefile/verdict_internal.h"

/* Which logs show it; one of them is enough. */
static const enum family_id shown_by[HARM_COUNT][HARM_FAMILIES_MAX] = {
    [HARM_MAIL] = { FAMILY_HTTPPROXY, FAMILY_IIS, FAMILY_EWS },
    [HARM_CREDENTIALS] = { FAMILY_WIN_SYSMON },
    [HARM_PERSISTENCE] = { FAMILY_HTTPPROXY, FAMILY_IIS },
    [HARM_SPREAD] = { FAMILY_WIN_SYSMON, FAMILY_WIN_SECURITY },
};

static const char *const proven_tags[HARM_COUNT] = {
    [HARM_MAIL] = "%hauberk.harm.mail%",
    [HARM_CREDENTIALS] = "%hauberk.harm.credentials%",
    [HARM_SPREAD] = "%hauberk.harm.spread%",
};

static void set(struct host_verdict *v, enum harm_kind kind, enum harm_state state,
                enum harm_because because, const struct proof *proof)
{
    if (v->harm[kind] >= state && v->harm_reason[kind].proof.path.ptr)
        return; /* said already, with a proof */
    v->harm[kind] = state;
    v->harm_reason[kind].because = because;
    if (proof)
        v->harm_reason[kind].proof = *proof;
}

/* Does a rule of that tag say it, with success? The first one is the proof. */
static bool read_tagged(struct casefile *casefile, struct arena *arena, struct slice host,
                        const char *pattern, struct proof *proof)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT i.path, f.offset, e.row FROM finding f JOIN rule r ON r.id=f.rule"
                  " JOIN item i ON i.id=f.item LEFT JOIN event e ON e.id=f.event"
                  " WHERE f.host=? AND f.stage IN " STAGES_ALL " AND f.outcome='success' AND"
                  " NOT f.own_probe AND NOT f.silent AND r.tags LIKE ?"
                  " ORDER BY f.time, f.item, f.offset LIMIT 1",
                  host);
    query_bind_text(&query, slice_from(pattern));
    bool found = query_next(&query);
    if (found)
        *proof = verdict_proof(&query, arena, 0);
    query_close(&query);
    return found;
}

/* What the logs that were read allow to say before anything is found. */
static void begin(struct host_verdict *v, enum harm_kind kind)
{
    struct harm_reason *reason = &v->harm_reason[kind];
    bool seen = false;
    *reason = (struct harm_reason){ .because = HARM_NO_LOG };
    for (size_t i = 0; i < HARM_FAMILIES_MAX && shown_by[kind][i] != FAMILY_NONE; i++)
        seen |= verdict_covers(v, shown_by[kind][i]);
    for (size_t i = 0; i < HARM_FAMILIES_MAX && shown_by[kind][i] != FAMILY_NONE; i++)
        if (!seen || verdict_covers(v, shown_by[kind][i]))
            reason->families[reason->family_count++] = shown_by[kind][i];
    v->harm[kind] = seen ? HARM_NONE_SEEN : HARM_NOT_OBSERVABLE;
    if (seen)
        reason->because = HARM_NOTHING_IN_LOGS;
}

/* Commands that leave a way back, or mail behind. */
static enum harm_kind harm_of(const struct taken_line *line)
{
    switch (line->kind) {
    case TAKEN_KIND_MAIL:
    case TAKEN_KIND_ADDRESSES:
        return HARM_MAIL;
    case TAKEN_KIND_DEED:
        return line->deed == DEED_EXPORT ? HARM_MAIL : HARM_PERSISTENCE;
    case TAKEN_KIND_ARCHIVE:
    case TAKEN_KIND_CREDENTIALS:
        break;
    }
    return line->kind == TAKEN_KIND_CREDENTIALS ? HARM_CREDENTIALS : HARM_COUNT;
}

static void read_lines(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct taken_report taken;
    taken_read(casefile, arena, v->host, &taken);
    for (size_t i = 0; i < taken.line_count; i++) { /* proven ones first */
        const struct taken_line *line = &taken.lines[i];
        enum harm_kind kind = harm_of(line);
        bool own = line->kind != TAKEN_KIND_DEED || line->state == TAKEN_PROVEN;
        if (kind == HARM_COUNT || line->state == TAKEN_NOT_OBSERVABLE || !own ||
            line->kind == TAKEN_KIND_ADDRESSES)
            continue;
        if (line->state == TAKEN_PROVEN)
            set(v, kind, HARM_PROVEN, HARM_SHOWN, &line->proof);
        else if (v->harm[kind] <= HARM_POSSIBLE && line->because != TAKEN_IDENTITY)
            set(v, kind, HARM_POSSIBLE, HARM_TRACE, &line->proof);
    }
}

/* The page that was written, that answered, or that lies on the disk. */
static const struct proof *proof_of_page(const struct host_verdict *v)
{
    if (v->plant.time != TIME_NONE)
        return &v->plant.proof;
    if (v->answered_pages)
        return &v->pages[0].proof;
    return v->disk_planted ? &v->disk[0].proof : NULL;
}

/*
 * Mail can be read by whoever got through (E2); a page that answers can do anything. What
 * happens on the machine itself shows in event logs: reading credentials out of memory only
 * where processes are logged in full, accounts, services and tasks in Security too.
 */
void verdict_read_harm(struct casefile *casefile, struct arena *arena, struct host_verdict *v,
                       bool story)
{
    struct proof proof;
    for (int kind = 0; kind < HARM_COUNT; kind++)
        begin(v, (enum harm_kind)kind);
    if (v->grade >= GRADE_E2)
        set(v, HARM_MAIL, HARM_POSSIBLE, HARM_ABLE, NULL);
    if (v->grade >= GRADE_E3)
        set(v, HARM_PERSISTENCE, HARM_POSSIBLE, HARM_ABLE, NULL);
    for (int kind = 0; story && kind < HARM_COUNT; kind++)
        if (proven_tags[kind] &&
            read_tagged(casefile, arena, v->host, proven_tags[kind], &proof))
            set(v, (enum harm_kind)kind, HARM_PROVEN, HARM_SHOWN, &proof);
    const struct proof *page = v->grade >= GRADE_E4 ? proof_of_page(v) : NULL;
    if (page)
        set(v, HARM_PERSISTENCE, HARM_PROVEN, HARM_SHOWN, page);
    if (v->grade == GRADE_E6)
        set(v, HARM_SPREAD, HARM_PROVEN, HARM_SHOWN,
            v->spread.time != TIME_NONE ? &v->spread.proof : NULL);
    if (story && v->grade >= GRADE_E2)
        read_lines(casefile, arena, v);
}
