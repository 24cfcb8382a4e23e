#include "hunt/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "events/text_log.h"
#include "evidence/lines.h"
#include "hunt/coverage.h"

#define SEND_BYTES (64U << 10)
#define DAMAGE_RECORDS_MAX 64 /* of one item; the rest is summed up in one */
#define ORDER_BYTES_MAX (1U << 20)
#define PROGRESS_BYTES (8U << 20)

struct scanner {
    const struct scan_settings *settings;
    struct channel *channel;
    struct evaluator *evaluator;
    struct coverage *coverage;
    struct buf out;
    bool gone; /* nobody reads us any more */

    /* the item at hand */
    struct lines *lines;
    struct text_log log;
    struct finding finding;
    enum family_id family; /* first one seen */
    bool hits_only, assumed;
    uint64_t damages;
    uint64_t odd_rows, odd_offset; /* rows that nobody understands */
    uint64_t zeros, zero_offset;
    uint64_t progress;
};

/* ---- rules' facts ---------------------------------------------------------------------------
 */

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

/* ---- sending --------------------------------------------------------------------------------
 */

static void send(struct scanner *scanner, size_t threshold)
{
    if (scanner->out.len < threshold || scanner->out.len == 0 || scanner->gone)
        return;
    struct err err = ERR_INIT;
    scanner->gone =
        channel_write_full(scanner->channel, scanner->out.ptr, scanner->out.len, &err) != 0;
    buf_clear(&scanner->out);
}

static void report_damage(struct scanner *scanner, uint64_t offset, const char *reason)
{
    struct damage damage = { offset, slice_from(reason) };
    if (scanner->damages++ < DAMAGE_RECORDS_MAX)
        record_put_damage(&scanner->out, &damage);
}

/* ---- hits -----------------------------------------------------------------------------------
 */

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

static void add_field(struct finding *finding, struct slice name, struct slice value,
                      struct arena *scratch)
{
    if (!value.len || finding->field_count == RECORD_FIELDS_MAX)
        return;
    name = unique_name(finding, name, scratch);
    finding->fields[finding->field_count++] = (struct record_field){ name, value };
}

static void copy_fields(struct finding *finding, const struct event *event)
{
    bool ecp = event->schema->family->format == FORMAT_ECP && event->pair_count > 0;
    size_t cells = ecp && event->cell_count > 3 ? 3 : event->cell_count;
    finding->field_count = 0;
    for (size_t i = 0; i < cells; i++)
        add_field(finding, event->schema->names[i], event_cell(event, i), event->scratch);
    for (size_t i = 0; i < event->pair_count; i++)
        add_field(finding, event->pairs[i].name, event->pairs[i].value, event->scratch);
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

static void on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct scanner *scanner = context;
    const struct rule_facts *facts = &scanner->settings->facts[rule->index];
    struct request request;
    request_read(event, &scanner->settings->proxies, &request);
    struct finding *finding = &scanner->finding;
    finding->rule = (uint32_t)rule->index;
    finding->time = event->time;
    finding->offset = lines_offset(scanner->lines, event->row.ptr);
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
    send(scanner, SEND_BYTES);
}

static void on_gave_up(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct scanner *scanner = context;
    char reason[256];
    if (!rule)
        snprintf(reason, sizeof reason,
                 "this row holds more than %d typed pairs: the rest was not looked at",
                 EVENT_PAIRS_MAX - 1);
    else
        snprintf(reason, sizeof reason,
                 "a regular expression of rule \"%.*s\" gave up on this row: not decided",
                 SLICE_FMT(slice_first(rule->title, 100)));
    report_damage(scanner, lines_offset(scanner->lines, event->row.ptr), reason);
}

/* ---- one item -------------------------------------------------------------------------------
 */

static void note_odd(uint64_t *count, uint64_t *first, uint64_t rows, uint64_t offset)
{
    if (*count == 0)
        *first = offset;
    *count += rows;
}

static uint64_t count_lines(struct slice text)
{
    uint64_t lines = 0;
    for (struct slice rest = text; rest.ptr && rest.len; lines++)
        slice_cut(&rest, '\n');
    return lines;
}

static void note_family(struct scanner *scanner, const struct schema *schema)
{
    enum family_id id = schema->family->id;
    if (scanner->family == FAMILY_NONE)
        scanner->family = id;
    scanner->hits_only |= schema->hits_only;
    scanner->assumed |= schema->assumed;
}

static void scan_run(struct scanner *scanner, const struct run *run)
{
    if (!run->schema) {
        note_odd(&scanner->odd_rows, &scanner->odd_offset, count_lines(run->text),
                 lines_offset(scanner->lines, run->text.ptr));
        return;
    }
    note_family(scanner, run->schema);
    coverage_add_run(scanner->coverage, run);
    evaluator_run(scanner->evaluator, run->schema, run->text, run->day);
}

static void note_zeros(struct scanner *scanner, struct slice text)
{
    size_t at = slice_find_char(text, '\0');
    if (at == SIZE_MAX)
        return;
    if (scanner->zeros == 0)
        scanner->zero_offset = lines_offset(scanner->lines, text.ptr + at);
    for (struct slice rest = slice_from_offset(text, at); rest.len;
         rest = slice_from_offset(rest, 1))
        scanner->zeros += rest.ptr[0] == '\0';
}

/* W3C rows always have all their cells; a last line without newline must not be shorter. */
static void check_last_line(struct scanner *scanner, struct slice text)
{
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    struct slice line = slice_from_offset(text, start);
    const struct schema *schema = scanner->log.schema;
    bool is_row = line.len && (ascii_is_digit(line.ptr[0]) || line.ptr[0] == '"');
    if (!schema || !is_row || row_count_cells(schema->family->format, line) >= schema->count)
        return;
    report_damage(scanner, lines_offset(scanner->lines, line.ptr),
                  "the last line is cut off: the log was being written or is truncated");
}

/* Leaves only the lines that start inside the part. */
static struct slice clip_to_part(struct scanner *scanner, struct slice text, uint64_t end)
{
    uint64_t offset = lines_offset(scanner->lines, text.ptr);
    if (offset >= end)
        return slice_first(text, 0);
    if (text.len <= end - offset)
        return text;
    size_t keep = (size_t)(end - offset);
    const char *newline = memchr(text.ptr + keep - 1, '\n', text.len - keep + 1);
    return newline ? slice_first(text, (size_t)(newline - text.ptr) + 1) : text;
}

static void scan_block(struct scanner *scanner, const struct block *block, uint64_t end)
{
    struct run run;
    struct slice rest = clip_to_part(scanner, block->text, end);
    note_zeros(scanner, rest);
    while (text_log_next(&scanner->log, &rest, &run))
        scan_run(scanner, &run);
    if (block->cut)
        report_damage(scanner, lines_offset(scanner->lines, block->text.ptr),
                      "a line longer than 16 MiB: read in pieces");
    if (block->truncated && rest.ptr)
        check_last_line(scanner, block->text);
}

static void send_progress(struct scanner *scanner)
{
    uint64_t position = source_position(lines_source(scanner->lines));
    if (position < scanner->progress + PROGRESS_BYTES)
        return;
    scanner->progress = position;
    record_put_progress(&scanner->out, position);
    send(scanner, 0);
}

static void scan_lines(struct scanner *scanner, uint64_t end)
{
    struct block block;
    struct err err = ERR_INIT;
    int got;
    while ((got = lines_next(scanner->lines, &block, &err)) != 0 && !scanner->gone) {
        if (got < 0) {
            report_damage(scanner, lines_offset(scanner->lines, block.text.ptr), err.msg);
            continue;
        }
        if (lines_offset(scanner->lines, block.text.ptr) >= end)
            break;
        scan_block(scanner, &block, end);
        send_progress(scanner);
    }
}

/* In the middle of a file, its own head tells the columns; the coordinator checks that later.
 */
static void resume_from_head(struct scanner *scanner, const struct scan_order *order)
{
    struct source *source;
    struct block block;
    struct run run;
    struct err err = ERR_INIT;
    if (source_open(&source, order->path, 0, UINT64_MAX, &err) < 0)
        return;
    struct lines *lines = lines_open(source, 0, false);
    if (lines_next(lines, &block, &err) > 0) {
        struct slice rest = block.text;
        text_log_next(&scanner->log, &rest, &run);
    }
    lines_close(lines);
}

static const char *why_not_recognised(const struct scanner *scanner, char *out, size_t size)
{
    if (scanner->log.unknown_type)
        snprintf(out, size, "log type \"%s\" is not known", scanner->log.state.log_type);
    else if (scanner->odd_rows)
        snprintf(out, size, "text that is no known log");
    else if (scanner->log.schema)
        snprintf(out, size, "a header without rows");
    else
        snprintf(out, size, "text without rows");
    return out;
}

static void report_source(struct scanner *scanner)
{
    char why[160];
    bool known = scanner->family != FAMILY_NONE;
    if (!known && scanner->log.schema && !scanner->odd_rows) {
        scanner->family = scanner->log.schema->family->id;
        known = true;
    }
    struct source_note note = { scanner->family, scanner->hits_only, SLICE_NULL };
    if (!known)
        note.note = slice_from(why_not_recognised(scanner, why, sizeof why));
    else if (scanner->hits_only)
        note.note = SLICE_LIT("an export of hits: findings count, coverage does not");
    else if (scanner->assumed)
        note.note = SLICE_LIT("no header: columns assumed from the shape of the rows");
    record_put_source(&scanner->out, &note);
}

static void report_oddities(struct scanner *scanner)
{
    char text[160];
    if (scanner->family != FAMILY_NONE && scanner->odd_rows) {
        snprintf(text, sizeof text, "%" PRIu64 " lines are no rows of this log",
                 scanner->odd_rows);
        report_damage(scanner, scanner->odd_offset, text);
    }
    if (scanner->family != FAMILY_NONE && scanner->zeros) {
        snprintf(text, sizeof text, "%" PRIu64 " zero bytes, as a crash leaves them",
                 scanner->zeros);
        report_damage(scanner, scanner->zero_offset, text);
    }
    if (scanner->log.headers_left_out)
        report_damage(
            scanner, scanner->odd_offset,
            "more than 64 different headers: rows behind the later ones were not read");
    if (coverage_overflowed(scanner->coverage))
        report_damage(scanner, 0,
                      "rows of more than 64 hosts: their coverage is not told apart");
    if (source_changed(lines_source(scanner->lines)) == 1)
        report_damage(scanner, source_position(lines_source(scanner->lines)),
                      "the file shrank while it was read");
    if (scanner->damages > DAMAGE_RECORDS_MAX) {
        uint64_t more = scanner->damages - DAMAGE_RECORDS_MAX;
        scanner->damages = 0;
        snprintf(text, sizeof text, "%" PRIu64 " more damaged places", more);
        report_damage(scanner, 0, text);
    }
}

static void scan_text(struct scanner *scanner, struct source *source,
                      const struct scan_order *order)
{
    struct err err = ERR_INIT;
    struct buf before = BUF_INIT, after = BUF_INIT;
    bool part = order->start > 0;
    uint64_t end =
        order->length > UINT64_MAX - order->start ? UINT64_MAX : order->start + order->length;
    text_log_init(&scanner->log);
    evaluator_reset(scanner->evaluator);
    if (order->state.ptr)
        text_log_resume(&scanner->log, order->state, &err);
    else if (part)
        resume_from_head(scanner, order);
    text_log_state_text(&scanner->log, &before);
    scanner->lines = lines_open(source, part ? order->start - 1 : 0, part);
    scan_lines(scanner, end);
    report_source(scanner);
    report_oddities(scanner);
    coverage_flush(scanner->coverage, &scanner->out);
    text_log_state_text(&scanner->log, &after);
    record_put_end(&scanner->out, buf_slice(&before), buf_slice(&after));
    lines_close(scanner->lines);
    text_log_deinit(&scanner->log);
    buf_deinit(&before);
    buf_deinit(&after);
}

static void begin_item(struct scanner *scanner)
{
    scanner->family = FAMILY_NONE;
    scanner->hits_only = scanner->assumed = false;
    scanner->damages = scanner->odd_rows = scanner->zeros = 0;
    scanner->progress = 0;
}

static void scan_item(struct scanner *scanner, const struct scan_order *order)
{
    struct source *source;
    struct err err = ERR_INIT;
    begin_item(scanner);
    scan_fault(order->path);
    uint64_t start = order->start > 0 ? order->start - 1 : 0; /* see scan_text */
    if (source_open(&source, order->path, start, UINT64_MAX, &err) < 0) {
        report_damage(scanner, 0, err.msg);
        record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
        return;
    }
    enum source_kind kind = source_kind(source);
    if (kind == SOURCE_TEXT || kind == SOURCE_UTF16LE || kind == SOURCE_UTF16BE) {
        scan_text(scanner, source, order);
        return;
    }
    struct source_note note = { FAMILY_NONE, false, slice_from(source_kind_name(kind)) };
    record_put_source(&scanner->out, &note);
    record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
    source_close(source);
}

/* ---- orders ---------------------------------------------------------------------------------
 */

void scan_order_put(struct buf *out, const struct scan_order *order)
{
    size_t at = out->len;
    buf_put_u32(out, 0);
    buf_put_u64(out, order->item);
    buf_put_u64(out, order->start);
    buf_put_u64(out, order->length);
    buf_put_text(out, slice_from(order->path));
    buf_put_text(out, order->state);
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(len >> (8 * i));
}

/* One order. 0 read, 1 no more; <0 *err. */
static int read_order(struct channel *channel, struct buf *message, struct arena *arena,
                      struct scan_order *out, struct err *err)
{
    char length[4];
    int got = channel_read_full(channel, length, sizeof length, err);
    if (got != 0)
        return got;
    struct wire head = { length, sizeof length, false };
    uint32_t len = wire_u32(&head);
    if (len > ORDER_BYTES_MAX)
        return err_set(err, ERR_BUG, "order of %u bytes", len);
    buf_clear(message);
    buf_reserve(message, len);
    got = channel_read_full(channel, message->ptr, len, err);
    struct wire wire = { message->ptr, len, got != 0 };
    out->item = wire_u64(&wire);
    out->start = wire_u64(&wire);
    out->length = wire_u64(&wire);
    out->path = arena_text(arena, wire_text(&wire));
    out->state = wire_text(&wire);
    return wire.failed ? err_set(err, ERR_BUG, "malformed order") : 0;
}

int scan_worker(void *settings, struct channel *channel)
{
    struct scanner *scanner = mem_alloc(sizeof *scanner);
    struct evaluator_sink sink = { on_hit, on_gave_up, scanner };
    scanner->settings = settings;
    scanner->channel = channel;
    scanner->evaluator = evaluator_new(scanner->settings->engine, &sink);
    scanner->coverage = coverage_new(scanner->settings->since, scanner->settings->until);
    evaluator_limit_time(scanner->evaluator, scanner->settings->since,
                         scanner->settings->until);

    struct arena arena = ARENA_INIT;
    struct buf message = BUF_INIT;
    struct scan_order order = { 0, NULL, 0, 0, SLICE_NULL };
    struct err err = ERR_INIT;
    int got;
    while ((got = read_order(channel, &message, &arena, &order, &err)) == 0 && !scanner->gone) {
        scan_item(scanner, &order);
        send(scanner, 0);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    buf_deinit(&message);
    buf_deinit(&scanner->out);
    coverage_free(scanner->coverage);
    evaluator_free(scanner->evaluator);
    free(scanner);
    return got < 0 ? 1 : 0;
}

bool scan_can_split(const char *path)
{
    struct file *file;
    char head[64];
    if (file_open(path, &file, NULL) < 0)
        return false;
    int64_t got = file_read(file, 0, head, sizeof head, NULL);
    file_close(file);
    if (got < (int64_t)sizeof head)
        return false;
    for (size_t i = 0; i < sizeof head; i++) {
        unsigned char c = (unsigned char)head[i];
        bool mark = i < 3 && (c == 0xef || c == 0xbb || c == 0xbf); /* UTF-8's */
        if (!mark && c != '\t' && c != '\r' && c != '\n' && (c < 0x20 || c > 0x7e))
            return false;
    }
    return true;
}
