#include "report/page_entry.h"

#include "base/escape.h"
#include "base/json.h"
#include "report/page_words.h"

#define SCHEMA_VERSION 1 /* of docs/ndjson.md */

static void add_reasons(struct json *json, const struct page_record *record)
{
    struct buf sentence = BUF_INIT;
    json_list_begin(json, "hauberk.reasons");
    for (size_t i = 0; i < record->reason_count; i++) {
        buf_clear(&sentence);
        page_words_sentence(&sentence, &record->reasons[i]);
        json_list_text(json, buf_slice(&sentence));
    }
    json_list_end(json);
    buf_deinit(&sentence);
}

static void add_matches(struct json *json, const struct page_place *place,
                        const struct page_record *record)
{
    json_list_begin(json, "hauberk.yara");
    for (size_t i = 0; i < page_record_matches(record); i++) {
        const struct yara_rule *rule = yara_set_rule(place->yara, record->match[i].rule);
        if (rule)
            json_list_text(json, slice_from(rule->name));
    }
    json_list_end(json);
}

void page_entry_ndjson(struct buf *out, const struct page_place *place,
                       const struct page_record *record)
{
    char hash[HASH_TEXT_SIZE];
    struct json json = json_open(out);
    json_text(&json, "record", SLICE_LIT("page"));
    json_int(&json, "hauberk.schema", SCHEMA_VERSION);
    json_text(&json, "host.name", place->host.ptr ? place->host : SLICE_LIT(""));
    json_text(&json, "file.path", place->path);
    json_text(&json, "file.hash.sha256",
              slice_from(hash_text(record->sha256, sizeof record->sha256, hash)));
    json_int(&json, "file.size", (int64_t)record->size);
    json_time(&json, "file.mtime", record->modified);
    json_text(&json, "hauberk.class", slice_from(webshell_class_name(record->class)));
    json_text(&json, "hauberk.kind", slice_from(page_words_kind_name(record->kind)));
    json_text(&json, "hauberk.language", slice_from(page_words_language(record->language)));
    json_text(&json, "hauberk.encoding", slice_from(encoding_name(record->encoding)));
    if (record->standing != STANDING_UNJUDGED)
        json_text(&json, "hauberk.standing", slice_from(standing_name(record->standing)));
    json_text(&json, "url.path", record->url);
    if (record->budget_hit)
        json_bool(&json, "hauberk.budget_hit", true);
    add_reasons(&json, record);
    if (place->yara)
        add_matches(&json, place, record);
    json_close(&json);
    buf_add_char(out, '\n');
}

static enum ink class_ink(enum webshell_class class)
{
    if (class >= WEBSHELL_STEALER)
        return INK_ALARM;
    return class == WEBSHELL_NONE ? INK_PLAIN : INK_BOLD;
}

static void print_reason(const struct page *page, const struct page_reason *reason)
{
    struct buf text = BUF_INIT;
    page_words_reason(&text, reason);
    page_wrap(page, INK_PLAIN, "  - ", 4, buf_slice(&text));
    buf_clear(&text);
    page_words_way(&text, reason);
    if (text.len)
        page_wrap(page, INK_FAINT, NULL, 6, buf_slice(&text));
    buf_deinit(&text);
}

static void print_matches(const struct page *page, const struct page_place *place,
                          const struct page_record *record)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < page_record_matches(record); i++) {
        const struct page_match *match = &record->match[i];
        const struct yara_rule *rule = yara_set_rule(place->yara, match->rule);
        if (!rule)
            continue;
        buf_clear(&text);
        page_words_match(&text, rule, match);
        page_wrap(page, INK_PLAIN, "  - ", 4, buf_slice(&text));
    }
    buf_deinit(&text);
}

void page_entry_text(const struct page *page, const struct page_place *place,
                     const struct page_record *record)
{
    struct buf head = BUF_INIT;
    escape_text(&head, place->path);
    buf_printf(&head, ": %s", page_words_class(record->class));
    page_wrap(page, class_ink(record->class), NULL, 0, buf_slice(&head));
    for (size_t i = 0; i < record->reason_count; i++)
        print_reason(page, &record->reasons[i]);
    print_matches(page, place, record);
    buf_deinit(&head);
}
