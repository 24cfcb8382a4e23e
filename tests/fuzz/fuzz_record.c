/* What a worker says: whatever the bytes are, a decoded message keeps to its limits, its text
 * lies inside it, and it says the same when it is encoded again. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "casefile/record.h"

#define RULES 5

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_text(struct slice message, struct slice text)
{
    require(!text.ptr || (text.ptr >= message.ptr && text.len <= message.len &&
                          text.ptr + text.len <= message.ptr + message.len));
}

static void check_finding(struct slice message, const struct finding *f)
{
    const struct slice texts[] = { f->host,       f->source,  f->method, f->url_path,
                                   f->url_query,  f->agent,   f->user,   f->page,
                                   f->request_id, f->session, f->row,    f->fields };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(message, texts[i]);
    require(f->rule < RULES && f->family < FAMILY_COUNT && f->stage <= STAGE_CLEANUP);
    require(f->outcome <= OUTCOME_REFUSED && f->status >= 0 && f->status <= 999);
    require(f->key_count <= RECORD_KEYS_MAX);
    for (size_t i = 0; i < f->key_count; i++) {
        require(f->keys[i].correlation < RULES);
        check_text(message, f->keys[i].key);
        check_text(message, f->keys[i].value);
    }
}

static void check_reason(struct slice message, const struct page_reason *reason)
{
    require(reason->code < REASON_COUNT && reason->class <= WEBSHELL_SHELL);
    require(reason->sink <= SINK_LAST && reason->target <= (WRITE_PATH | WRITE_CONTENT));
    require(reason->step_count <= PAGE_STEPS_MAX);
    check_text(message, reason->detail);
    check_text(message, reason->call);
    check_text(message, reason->constant);
    for (size_t i = 0; i < reason->step_count; i++)
        check_text(message, reason->steps[i].text);
}

static void check_page(struct slice message, const struct page_record *page)
{
    require(page->class <= WEBSHELL_SHELL && page->kind <= PAGE_KIND_CLIENT);
    require(page->standing <= STANDING_LAST && page->reason_count <= PAGE_REASONS_MAX);
    check_text(message, page->url);
    check_text(message, page->home);
    for (size_t i = 0; i < page->reason_count; i++)
        check_reason(message, &page->reasons[i]);
    for (size_t i = 0; i < page_record_matches(page); i++)
        check_text(message, page->match[i].string);
}

static void check_other(struct slice message, const struct record *record)
{
    switch (record->kind) {
    case RECORD_COVERAGE:
        require(record->coverage.family < FAMILY_COUNT);
        check_text(message, record->coverage.host);
        break;
    case RECORD_DAMAGE:
        check_text(message, record->damage.reason);
        break;
    case RECORD_SOURCE:
        require(record->source.family < FAMILY_COUNT);
        check_text(message, record->source.note);
        break;
    case RECORD_END:
        check_text(message, record->state_before);
        check_text(message, record->state_after);
        break;
    case RECORD_PAGE:
        check_page(message, &record->page);
        break;
    case RECORD_BUILD:
        check_text(message, record->build.host);
        break;
    case RECORD_SETTING:
        require(record->setting.notice < NOTICE_COUNT);
        check_text(message, record->setting.setting.place);
        check_text(message, record->setting.setting.value);
        break;
    case RECORD_TAKEN:
        require(record->taken.family < FAMILY_COUNT && record->taken.what < TAKEN_WHAT_COUNT);
        check_text(message, record->taken.subject);
        check_text(message, record->taken.row);
        break;
    case RECORD_FINDING:
    case RECORD_PROGRESS:
        break;
    }
}

static void encode(struct buf *out, const struct record *record)
{
    switch (record->kind) {
    case RECORD_FINDING:
        record_put_finding(out, &record->finding);
        break;
    case RECORD_COVERAGE:
        record_put_coverage(out, &record->coverage);
        break;
    case RECORD_DAMAGE:
        record_put_damage(out, &record->damage);
        break;
    case RECORD_SOURCE:
        record_put_source(out, &record->source);
        break;
    case RECORD_PROGRESS:
        record_put_progress(out, record->number);
        break;
    case RECORD_BUILD:
        record_put_build(out, &record->build);
        break;
    case RECORD_PAGE:
        record_put_page(out, &record->page);
        break;
    case RECORD_SETTING:
        record_put_setting(out, &record->setting);
        break;
    case RECORD_TAKEN:
        record_put_taken(out, &record->taken);
        break;
    case RECORD_END:
        record_put_end(out, record->state_before, record->state_after);
        break;
    }
}

/* Texts longer than ROW_STORED_MAX are cut when they are written: a short message has none. */
static void check_again(struct slice message, const struct record *record)
{
    struct buf out = BUF_INIT;
    if (message.len > ROW_STORED_MAX)
        return;
    encode(&out, record);
    require(slice_eq(slice_from_offset(buf_slice(&out), 4), message));
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct record record;
    struct slice message = slice_of((const char *)data, size);
    if (record_decode(message, RULES, &record, NULL) < 0)
        return 0;
    if (record.kind == RECORD_FINDING)
        check_finding(message, &record.finding);
    check_other(message, &record);
    check_again(message, &record);
    return 0;
}
