/* Hits become findings: what the event says, and what its rule and correlations make of it. */
#include <stdio.h>

#include "base/json.h"
#include "events/event_fields.h"
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

struct rule_facts *rule_facts_new(const struct sigma_set *set)
{
    struct rule_facts *facts = mem_alloc(set->rule_count * sizeof *facts);
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct sigma_rule *rule = set->rules[i];
        facts[i].stage = stage_by_name(sigma_rule_tag(rule, SLICE_LIT("hauberk.stage.")));
        read_success_tags(rule, &facts[i]);
    }
    return facts;
}

#define FIELDS_MAX 512

/* ---- hits ---- */

static void add_field(struct json *json, struct slice name, struct slice value)
{
    if (json->out->len < FIELDS_STORED_MAX)
        json_text_key(json, slice_first(name, ROW_STORED_MAX),
                      slice_first(value, ROW_STORED_MAX));
}

static struct slice fields_json(struct buf *out, const struct event *event,
                                struct slice indicator)
{
    struct event_field fields[FIELDS_MAX];
    size_t count = event_fields(event, fields, FIELDS_MAX - (indicator.ptr ? 1 : 0));
    buf_clear(out);
    struct json json = json_open(out);
    add_field(&json, SLICE_LIT("hauberk.indicator"), indicator);
    for (size_t i = 0; i < count; i++)
        add_field(&json, fields[i].name, fields[i].value);
    json_close(&json);
    return buf_slice(out);
}

/* The values of these fields in one text; absent when the event lacks one of them. */
static struct slice joined_values(struct scanner *scanner, const struct slice *fields,
                                  size_t count, struct arena *scratch)
{
    struct buf values = BUF_INIT;
    bool complete = true;
    for (size_t i = 0; i < count; i++) {
        struct slice value = evaluator_value(scanner->evaluator, fields[i]);
        complete = complete && value.len > 0;
        buf_add_slice(&values, value);
        if (i + 1 < count)
            buf_add_char(&values, '\x1f');
    }
    struct slice copy = complete ? arena_copy(scratch, buf_slice(&values)) : SLICE_NULL;
    buf_deinit(&values);
    return copy;
}

static void copy_keys(struct scanner *scanner, const struct sigma_rule *rule,
                      const struct event *event)
{
    struct finding *finding = &scanner->finding;
    finding->key_count = 0;
    for (size_t i = 0; i < rule->feed_count && i < RECORD_KEYS_MAX; i++) {
        const struct sigma_feed *feed = &rule->feeds[i];
        const struct sigma_correlation *correlation = feed->correlation->correlation;
        struct record_key key = { (uint32_t)feed->correlation->index, (uint32_t)feed->slot,
                                  joined_values(scanner, feed->group_by,
                                                correlation->group_count, event->scratch),
                                  SLICE_NULL };
        if (correlation->field_count)
            key.value =
                joined_values(scanner, feed->fields, correlation->field_count, event->scratch);
        if (key.key.ptr)
            finding->keys[finding->key_count++] = key;
    }
}

static uint64_t offset_of(struct scanner *scanner, const struct event *event)
{
    return event->row.ptr ? reader_offset(scanner->reader, event->row.ptr) : event->offset;
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
    finding->from_itself = request->from_itself;
}

/* What all findings of an event have in common. */
static void read_event(struct scanner *scanner, const struct event *event)
{
    struct finding *finding = &scanner->finding;
    request_read(event, &scanner->settings->proxies, &scanner->request);
    finding->time = event->time;
    finding->offset = offset_of(scanner, event);
    finding->family = event->schema->family->id;
    finding->hits_only = event->schema->hits_only;
    finding->row = event->row;
    copy_request(finding, &scanner->request);
    finding->fields =
        fields_json(&scanner->fields, event, evaluator_indicator(scanner->evaluator));
}

/* Several rules may fit one event; each hit of an indicator has a field of its own. */
static bool is_event_of_last_hit(struct scanner *scanner)
{
    uint64_t last = scanner->event;
    bool indicator = evaluator_indicator(scanner->evaluator).ptr != NULL;
    scanner->event = indicator ? 0 : evaluator_event(scanner->evaluator);
    return last && last == scanner->event;
}

void scanner_on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct scanner *scanner = context;
    const struct rule_facts *facts = &scanner->settings->facts[rule->index];
    const struct request *request = &scanner->request;
    struct finding *finding = &scanner->finding;
    if (!is_event_of_last_hit(scanner))
        read_event(scanner, event);
    finding->rule = (uint32_t)rule->index;
    finding->stage = facts->stage;
    finding->outcome = request_outcome(event, request, facts->success, facts->success_count);
    finding->silent = rule->silent;
    bool deed = finding->stage > STAGE_ATTEMPT && finding->stage != STAGE_CLEANUP;
    finding->own_probe =
        request->probe == PROBE_CERTAIN || (request->probe == PROBE_LIKELY && !deed);
    copy_keys(scanner, rule, event);
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
    else if (!rule->detection)
        snprintf(reason, sizeof reason,
                 "more indicators than are compared with one event: not decided");
    else
        snprintf(
            reason, sizeof reason,
            "a regular expression of rule \"%.*s\" gave up on this row, perhaps on later ones "
            "too: not decided there",
            SLICE_FMT(slice_first(rule->title, 100)));
    reader_report_damage(scanner->reader, offset_of(scanner, event), reason);
}
