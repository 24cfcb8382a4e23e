/* Which cells of a case hold what, and the copy that is made of it. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/json.h"
#include "casefile/copy.h"
#include "casefile/page_record.h"
#include "report/redact.h"

/* ---- which cell is what ---------------------------------------------------------------------
 */

enum cell_kind { CELL_TEXT, CELL_PERSON, CELL_FIELDS, CELL_PAGE, CELL_FIXED };

struct cell_row {
    const char *table, *column; /* table NULL: any */
    enum cell_kind kind;
};

/* What is not named here is text that may hold names. */
static const struct cell_row cells[] = {
    { "finding", "user", CELL_PERSON },
    { NULL, "mailbox", CELL_PERSON },
    { NULL, "account", CELL_PERSON },
    { "taken", "subject", CELL_PERSON }, /* a mailbox, or the path of an archive */
    { "triage", "author", CELL_PERSON },
    { NULL, "fields", CELL_FIELDS },
    { "page", "analysis", CELL_PAGE },
    /* Words of ours, and numbers: a name that equals one must not change the verdict. */
    { "meta", NULL, CELL_FIXED },
    { "rule", NULL, CELL_FIXED },
    { NULL, "family", CELL_FIXED },
    { NULL, "other_family", CELL_FIXED },
    { NULL, "other_host", CELL_FIXED },
    { "taken", "what", CELL_FIXED },
    { "taken", "act", CELL_FIXED },
    { "setting", "kind", CELL_FIXED },
    { "host_build", "source", CELL_FIXED },
    { NULL, "stage", CELL_FIXED },
    { NULL, "outcome", CELL_FIXED },
    { NULL, "class", CELL_FIXED },
    { NULL, "found", CELL_FIXED },
    { NULL, "decided", CELL_FIXED },
    { NULL, "standing", CELL_FIXED },
    { NULL, "shared", CELL_FIXED },
    { NULL, "build", CELL_FIXED },
    { NULL, "sha256", CELL_FIXED },
    { NULL, "host", CELL_FIXED },
    { NULL, "request_id", CELL_FIXED },
    { "incident", "name", CELL_FIXED },
};

static bool names_cell(const struct cell_row *row, const struct case_cell *cell)
{
    return (!row->table || strcmp(row->table, cell->table) == 0) &&
           (!row->column || strcmp(row->column, cell->column) == 0);
}

static enum cell_kind kind_of(const struct case_cell *cell)
{
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (names_cell(&cells[i], cell))
            return cells[i].kind;
    return CELL_TEXT;
}

struct field_row {
    const char *name; /* any case */
    enum redact_as as;
};

/* Columns of logs and event logs whose whole value names people, or is what they wrote. */
static const struct field_row fields[] = {
    { "cs-username", REDACT_PERSON },
    { "AuthenticatedUser", REDACT_PERSON },
    { "User", REDACT_PERSON },
    { "UserName", REDACT_PERSON },
    { "UserEmail", REDACT_PERSON },
    { "ActAsUser", REDACT_PERSON },
    { "ActAsUserEmail", REDACT_PERSON },
    { "ImpersonatedUser", REDACT_PERSON },
    { "ExecutingUser", REDACT_PERSON },
    { "LogonUserDisplayName", REDACT_PERSON },
    { "MailboxOwnerUPN", REDACT_PERSON },
    { "SubjectUserName", REDACT_PERSON },
    { "TargetUserName", REDACT_PERSON },
    { "ParentUser", REDACT_PERSON },
    { "AccountName", REDACT_PERSON },
    { "SamAccountName", REDACT_PERSON },
    { "TargetOutboundUserName", REDACT_PERSON },
    { "DisplayName", REDACT_PERSON },
    { "UserPrincipalName", REDACT_PERSON },
    { "sender-address", REDACT_PERSON },
    { "recipient-address", REDACT_PERSON },
    { "related-recipient-address", REDACT_PERSON },
    { "return-path", REDACT_PERSON },
    { "P1FromAddress", REDACT_PERSON },
    { "P2FromAddresses", REDACT_PERSON },
    { "Recipient", REDACT_PERSON },
    { "message-subject", REDACT_WORDS },
};

static enum redact_as field_as(struct slice name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_icase_eq(name, slice_from(fields[i].name)))
            return fields[i].as;
    return REDACT_TEXT;
}

/* ---- learning -------------------------------------------------------------------------------
 */

/* `text` is read as JSON: a text that is no object gives NULL. */
static json_t *parse_fields(struct slice text)
{
    json_t *object = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
    if (object && !json_is_object(object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static struct slice string_of(const json_t *value)
{
    return slice_of(json_string_value(value), json_string_length(value));
}

static void learn_fields(struct redactor *r, struct slice text)
{
    json_t *object = parse_fields(text);
    const char *key;
    json_t *value;
    if (!object)
        redactor_learn(r, REDACT_TEXT, text);
    json_object_foreach(object, key, value) if (json_is_string(value))
        redactor_learn(r, field_as(slice_from(key)), string_of(value));
    json_decref(object);
}

/* The texts of a page's analysis: parts of its code, and the place it has. */
static void each_page_text(struct page_record *page,
                           void (*see)(void *context, struct slice *text), void *context)
{
    see(context, &page->home);
    see(context, &page->url);
    for (size_t i = 0; i < page->reason_count; i++) {
        struct page_reason *reason = &page->reasons[i];
        see(context, &reason->detail);
        see(context, &reason->call);
        see(context, &reason->constant);
        for (size_t s = 0; s < reason->step_count; s++)
            see(context, &reason->steps[s].text);
    }
}

static void learn_page_text(void *context, struct slice *text)
{
    if (text->ptr)
        redactor_learn(context, REDACT_TEXT, *text);
}

static bool read_page(struct slice analysis, struct page_record *out)
{
    struct wire wire = { analysis.ptr, analysis.len, analysis.len == 0 };
    page_record_get(&wire, out);
    return !wire.failed;
}

static void learn_page(struct redactor *r, struct slice analysis)
{
    AUTO_FREE struct page_record *page = mem_alloc(sizeof *page);
    if (read_page(analysis, page))
        each_page_text(page, learn_page_text, r);
}

static void learn_cell(void *context, const struct case_cell *cell)
{
    switch (kind_of(cell)) {
    case CELL_FIXED:
        break;
    case CELL_PERSON:
        redactor_learn(context, REDACT_PERSON, cell->text);
        break;
    case CELL_FIELDS:
        learn_fields(context, cell->text);
        break;
    case CELL_PAGE:
        learn_page(context, cell->text);
        break;
    case CELL_TEXT:
        redactor_learn(context, REDACT_TEXT, cell->text);
        break;
    }
}

/* ---- changing -------------------------------------------------------------------------------
 */

struct change {
    struct redactor *redactor;
    struct buf text;    /* of one field */
    struct arena arena; /* texts of one page */
};

static void change_fields(struct change *change, struct slice text, struct buf *out)
{
    json_t *object = parse_fields(text);
    const char *key;
    json_t *value;
    if (!object) {
        redactor_apply(change->redactor, REDACT_TEXT, text, out);
        return;
    }
    struct json json = json_open(out);
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            continue;
        buf_clear(&change->text);
        redactor_apply(change->redactor, field_as(slice_from(key)), string_of(value),
                       &change->text);
        json_text_key(&json, slice_from(key), buf_slice(&change->text));
    }
    json_close(&json);
    json_decref(object);
}

static void change_page_text(void *context, struct slice *text)
{
    struct change *change = context;
    if (!text->ptr)
        return;
    buf_clear(&change->text);
    redactor_apply(change->redactor, REDACT_TEXT, *text, &change->text);
    /* A token may be longer than the name was; the record keeps to its limits. */
    size_t room = text->len > PAGE_STEP_TEXT_MAX ? text->len : PAGE_STEP_TEXT_MAX;
    *text = arena_copy(&change->arena, slice_first(buf_slice(&change->text), room));
}

/* An analysis that cannot be read is not copied: the page then reads as tampered with. */
static bool change_page(struct change *change, struct slice analysis, struct buf *out)
{
    AUTO_FREE struct page_record *page = mem_alloc(sizeof *page);
    if (!read_page(analysis, page))
        return false;
    arena_reset(&change->arena);
    each_page_text(page, change_page_text, change);
    page_record_put(out, page);
    return true;
}

static bool change_cell(void *context, const struct case_cell *cell, struct buf *out)
{
    struct change *change = context;
    switch (kind_of(cell)) {
    case CELL_FIXED:
        buf_add_slice(out, cell->text);
        return true;
    case CELL_FIELDS:
        change_fields(change, cell->text, out);
        return true;
    case CELL_PAGE:
        return change_page(change, cell->text, out);
    case CELL_PERSON:
        redactor_apply(change->redactor, REDACT_PERSON, cell->text, out);
        return true;
    default:
        redactor_apply(change->redactor, REDACT_TEXT, cell->text, out);
        return true;
    }
}

int redact_case(struct casefile **out, struct casefile *from,
                const struct redact_options *options, struct err *err)
{
    struct change change = { redactor_new(options), BUF_INIT, ARENA_INIT };
    casefile_each_text(from, learn_cell, change.redactor);
    int status = casefile_copy(out, from, change_cell, &change, err);
    redactor_free(change.redactor);
    buf_deinit(&change.text);
    arena_deinit(&change.arena);
    return status;
}
