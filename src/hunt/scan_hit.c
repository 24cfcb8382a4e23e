/* Hits become findings: what the event says, and what its rule and correlations make of it. */
#include <stdio.h>

#include "hunt/scanner.h"

static void read_success_tags(const struct sigma_rule *rule, struct rule_facts *facts)
{
    struct slice prefix = SLICE_LIT("hauberk.success.");
    for (size_t i = 0; i < rule->tag_count; i++) {
        uint64_t status;
        if (!slice_icase_starts(rule->tags[i], prefix) ||
            !slice_to_u64(slice_from_offset(rule->tags[i], prefix.len), &status) ||
            status > 999 || facts->success_count == RULE_SUCCESS_MAX)
            continue;
        facts->success[facts->success_count++] = (int)status;
    }
}

static void add_correlation(struct rule_facts *facts, const struct sigma_rule *correlation)
{
    for (size_t i = 0; i < facts->correlation_count; i++)
        if (facts->correlations[i] == correlation)
            return;
    if (facts->correlation_count < RECORD_KEYS_MAX)
        facts->correlations[facts->correlation_count++] = correlation;
}

struct rule_facts *rule_facts_new(const struct sigma_set *set)
{
    struct rule_facts *facts = mem_alloc(set->rule_count * sizeof *facts);
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct sigma_rule *rule = set->rules[i];
        facts[i].stage = stage_by_name(sigma_rule_tag(rule, SLICE_LIT("hauberk.stage.")));
        read_success_tags(rule, &facts[i]);
        for (size_t k = 0; rule->correlation && k < rule->correlation->rule_count; k++)
            add_correlation(&facts[rule->correlation->rules[k]->index], rule);
    }
    return facts;
}

/* ---- hits ---- */

/* A second field of one name becomes NAME#2: a JSON object would keep one of them only. */
static struct slice unique_name(const struct finding *finding, struct slice name,
                                struct arena *scratch)
{
    unsigned same = 0;
    for (size_t i = 0; i < finding->field_count; i++) {
        struct slice other = finding->fields[i].name;
        bool numbered = other.len > name.len && other.ptr[name.len] == '#';
        same += slice_starts(other, name) && (other.len == name.len || numbered);
    }
    if (!same)
        return name;
    char *unique = arena_alloc(scratch, name.len + 16);
    int len = snprintf(unique, name.len + 16, "%.*s#%u", SLICE_FMT(name), same + 1);
    return slice_of(unique, (size_t)len);
}

/* Without `scratch` the names are known to be different. */
static void add_field(struct finding *finding, struct slice name, struct slice value,
                      struct arena *scratch)
{
    if (!value.len || finding->field_count == RECORD_FIELDS_MAX)
        return;
    if (scratch)
        name = unique_name(finding, name, scratch);
    finding->fields[finding->field_count++] = (struct record_field){ name, value };
}

static void copy_fields(struct finding *finding, const struct event *event)
{
    bool ecp = event->schema->family->format == FORMAT_ECP && event->pair_count > 0;
    size_t cells = ecp && event->cell_count > 3 ? 3 : event->cell_count;
    bool unique = event->schema->unique && event->pair_count == 0;
    struct arena *scratch = unique ? NULL : event->scratch;
    finding->field_count = 0;
    for (size_t i = 0; i < cells; i++)
        add_field(finding, event->schema->names[i], event_cell(event, i), scratch);
    for (size_t i = 0; i < event->pair_count; i++)
        add_field(finding, event->pairs[i].name, event->pairs[i].value, scratch);
}

/* The values of group-by in one text; absent when the event lacks one of them. */
static struct slice group_key(struct scanner *scanner,
                              const struct sigma_correlation *correlation,
                              struct arena *scratch)
{
    struct buf key = BUF_INIT;
    bool complete = true;
    for (size_t i = 0; i < correlation->group_count; i++) {
        struct slice value = evaluator_value(scanner->evaluator, correlation->group_by[i]);
        complete = complete && value.len > 0;
        buf_add_slice(&key, value);
        buf_add_char(&key, '\x1f');
    }
    struct slice copy = complete ? arena_copy(scratch, buf_slice(&key)) : SLICE_NULL;
    buf_deinit(&key);
    return copy;
}

static void copy_keys(struct scanner *scanner, const struct rule_facts *facts,
                      const struct event *event)
{
    struct finding *finding = &scanner->finding;
    finding->key_count = 0;
    for (size_t i = 0; i < facts->correlation_count; i++) {
        const struct sigma_rule *correlation = facts->correlations[i];
        struct slice key = group_key(scanner, correlation->correlation, event->scratch);
        if (key.ptr)
            finding->keys[finding->key_count++] =
                (struct record_key){ (uint32_t)correlation->index, key };
    }
}

static uint64_t offset_of(struct scanner *scanner, const struct event *event)
{
    return event->row.ptr ? lines_offset(scanner->lines, event->row.ptr) : event->offset;
}

static void copy_request(struct finding *finding, const struct request *request)
{
    finding->host = request->host;
    finding->source = request->source;
    finding->method = request->method;
    finding->url_path = request->url_path;
    finding->url_query = request->url_query;
    finding->agent = request->agent;
    finding->user = request->user;
    finding->status = request->status;
    finding->page = request->page;
    finding->page_foreign = request->page_class == PAGE_FOREIGN;
    finding->request_id = request->request_id;
    finding->session = request->session;
    bool deed = finding->stage > STAGE_ATTEMPT && finding->stage != STAGE_CLEANUP;
    finding->own_probe =
        request->probe == PROBE_CERTAIN || (request->probe == PROBE_LIKELY && !deed);
    finding->from_itself = request->from_itself;
}

void scanner_on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct scanner *scanner = context;
    const struct rule_facts *facts = &scanner->settings->facts[rule->index];
    struct request request;
    request_read(event, &scanner->settings->proxies, &request);
    struct finding *finding = &scanner->finding;
    finding->rule = (uint32_t)rule->index;
    finding->time = event->time;
    finding->offset = offset_of(scanner, event);
    finding->family = event->schema->family->id;
    finding->stage = facts->stage;
    finding->outcome = request_outcome(event, &request, facts->success, facts->success_count);
    finding->hits_only = event->schema->hits_only;
    finding->silent = rule->silent;
    finding->row = event->row;
    copy_request(finding, &request);
    copy_fields(finding, event);
    copy_keys(scanner, facts, event);
    record_put_finding(&scanner->out, finding);
    scanner_send(scanner, SEND_BYTES);
}

void scanner_on_gave_up(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct scanner *scanner = context;
    char reason[256];
    if (!rule)
        snprintf(reason, sizeof reason,
                 "more values than are looked at in one event (%d): the rest was left out",
                 EVENT_PAIRS_MAX - 1);
    else
        snprintf(reason, sizeof reason,
                 "a regular expression of rule \"%.*s\" gave up on this row: not decided",
                 SLICE_FMT(slice_first(rule->title, 100)));
    scanner_report_damage(scanner, offset_of(scanner, event), reason);
}
