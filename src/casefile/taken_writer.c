/* The second reading's sums on their way into the table `taken`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "casefile/taken.h"

#define COUNT_EVERY 20000 /* records between two looks at the size of the table */
#define PARTS_MAX 1000000 /* volumes of single items that wait for being added up */
#define OFFSET_BITS 41    /* of a place: item and offset in one number, in their order */

static const char *const what_names[TAKEN_WHAT_COUNT] = { "mail", "deed", "archive", "volume" };

struct taken_writer {
    struct casefile *casefile;
    struct query add, add_part, host_of_item, changes;
    uint64_t parts;
    uint64_t item; /* of the last record */
    bool has_item, full;
    uint64_t records, left_out;
    struct arena arena;
    struct slice host; /* of rows of this item that name none */
};

#define KEY                                                                                    \
    "what=?2 AND host=?1 AND source=?4 AND family=?3 AND subject=?5 AND operation=?6"          \
    " AND act=?7 AND slot=?8"
#define EARLIER                                                                                \
    "(coalesce(excluded.first,9e18), excluded.item, excluded.offset)"                          \
    " < (coalesce(first,9e18), item, offset)"
#define OF_EARLIER(column)                                                                     \
    column "=CASE WHEN " EARLIER " THEN excluded." column " ELSE " column " END"

/*
 * Volumes are many: every file tells those of its clients. They are appended to a table without
 * an index, and added up by the million, in the order of the key: a tree that is updated row by
 * row would be written to the disk over and over.
 */
static void fold_volumes(struct taken_writer *writer)
{
    struct query query;
    query_open(&query, writer->casefile,
               "INSERT INTO taken SELECT host, 'volume', family, source, '', '', '', slot,"
               " min(first), min(first), sum(requests), sum(answered), sum(bytes), sum(sized),"
               " min(place)>>41, min(place)&((1<<41)-1), NULL FROM volume_part WHERE ?1"
               " GROUP BY host, source, family, slot"
               " ON CONFLICT(what, host, source, family, subject, operation, act, slot)"
               " DO UPDATE SET offset=CASE WHEN (excluded.item, excluded.offset)<(item, offset)"
               " THEN excluded.offset ELSE offset END, item=min(item, excluded.item),"
               " requests=requests+excluded.requests, answered=answered+excluded.answered,"
               " bytes=bytes+excluded.bytes, sized=sized+excluded.sized");
    query_bind_int(&query, !writer->full);
    query_run(&query);
    query_close(&query);
    if (writer->full)
        writer->left_out += writer->parts;
    casefile_execute(writer->casefile, "DELETE FROM volume_part");
    writer->parts = 0;
}

static void open_parts(struct taken_writer *writer)
{
    casefile_execute(
        writer->casefile,
        "CREATE TABLE IF NOT EXISTS volume_part(host TEXT, family TEXT, source TEXT,"
        " slot INTEGER, first INTEGER, requests INTEGER, answered INTEGER, bytes"
        " INTEGER, sized INTEGER, place INTEGER); DELETE FROM volume_part");
    query_open(&writer->add_part, writer->casefile,
               "INSERT INTO volume_part VALUES(?,?,?,?,?,?,?,?,?,?)");
}

struct taken_writer *taken_writer_open(struct casefile *casefile)
{
    struct taken_writer *writer = mem_alloc(sizeof *writer);
    writer->casefile = casefile;
    casefile_execute(casefile, "DELETE FROM taken");
    query_open(&writer->add, casefile,
               "INSERT INTO taken SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
               "?16,?17 WHERE ?18 OR EXISTS(SELECT 1 FROM taken WHERE " KEY ")"
               " ON CONFLICT(what, host, source, family, subject, operation, act, slot)"
               " DO UPDATE SET " OF_EARLIER("offset") ", " OF_EARLIER("row") ", " OF_EARLIER(
                   "item") ", first=CASE WHEN first IS NULL OR excluded.first<first THEN"
                           " excluded.first ELSE first END,"
                           " last=CASE WHEN last IS NULL OR excluded.last>last THEN"
                           " excluded.last ELSE last END,"
                           " requests=requests+excluded.requests,"
                           " answered=answered+excluded.answered, bytes=bytes+excluded.bytes,"
                           " sized=sized+excluded.sized");
    query_open(&writer->host_of_item, casefile,
               "SELECT coalesce((SELECT host FROM coverage WHERE item=?1 AND host IS NOT NULL"
               " LIMIT 1), (SELECT host FROM finding WHERE item=?1 AND host IS NOT NULL LIMIT"
               " 1), '')");
    query_open(&writer->changes, casefile, "SELECT changes()");
    open_parts(writer);
    return writer;
}

/* First label, lower case; rows without a name belong to the host of their file. */
static struct slice host_of(struct taken_writer *writer, uint64_t item, struct slice name)
{
    if (!writer->has_item || writer->item != item) {
        arena_reset(&writer->arena);
        query_bind_int(&writer->host_of_item, (int64_t)item);
        query_next(&writer->host_of_item);
        writer->host = arena_copy(&writer->arena, query_text(&writer->host_of_item, 0));
        query_rewind(&writer->host_of_item);
        writer->item = item;
        writer->has_item = true;
    }
    name = slice_trim(name);
    name = slice_first(name, slice_find_char(name, '.'));
    if (!name.len)
        return writer->host;
    char *text = arena_text(&writer->arena, name);
    for (size_t i = 0; i < name.len; i++)
        text[i] = ascii_lower(text[i]);
    return slice_of(text, name.len);
}

static struct slice never_null(struct slice text)
{
    return text.ptr ? text : SLICE_LIT("");
}

static void bind(struct taken_writer *writer, uint64_t item, const struct taken_note *note)
{
    struct query *add = &writer->add;
    const struct family *family = family_get(note->family);
    query_bind_text(add, host_of(writer, item, note->host));
    query_bind_text(add, slice_from(what_names[note->what]));
    query_bind_text(add, slice_from(family ? family->name : ""));
    query_bind_text(add, never_null(note->source));
    query_bind_text(add, never_null(note->subject));
    query_bind_text(add, never_null(note->operation));
    query_bind_text(add, never_null(note->act));
    query_bind_int(add, note->slot);
    query_bind_time(add, note->first);
    query_bind_time(add, note->last);
    query_bind_int(add, (int64_t)note->requests);
    query_bind_int(add, (int64_t)note->answered);
    query_bind_int(add, (int64_t)note->bytes);
    query_bind_int(add, (int64_t)note->sized);
    query_bind_int(add, (int64_t)item);
    query_bind_int(add, (int64_t)note->offset);
    query_bind_text(add, note->row);
    query_bind_int(add, !writer->full);
}

static void add_part(struct taken_writer *writer, uint64_t item, const struct taken_note *note)
{
    struct query *add = &writer->add_part;
    const struct family *family = family_get(note->family);
    uint64_t offset = note->offset & ((UINT64_C(1) << OFFSET_BITS) - 1);
    query_bind_text(add, host_of(writer, item, note->host));
    query_bind_text(add, slice_from(family ? family->name : ""));
    query_bind_text(add, never_null(note->source));
    query_bind_int(add, note->slot);
    query_bind_time(add, note->first);
    query_bind_int(add, (int64_t)note->requests);
    query_bind_int(add, (int64_t)note->answered);
    query_bind_int(add, (int64_t)note->bytes);
    query_bind_int(add, (int64_t)note->sized);
    query_bind_int(add, (int64_t)((item << OFFSET_BITS | offset) & INT64_MAX));
    query_run(add);
    if (++writer->parts >= PARTS_MAX)
        fold_volumes(writer);
}

void taken_writer_add(struct taken_writer *writer, uint64_t item, const struct record *record)
{
    if (record->kind != RECORD_TAKEN)
        return;
    if (writer->records++ % COUNT_EVERY == 0)
        writer->full =
            casefile_count(writer->casefile, "SELECT count(*) FROM taken") >= TAKEN_ROWS_MAX;
    if (record->taken.what == TAKEN_VOLUME) {
        add_part(writer, item, &record->taken);
        return;
    }
    bind(writer, item, &record->taken);
    query_run(&writer->add);
    if (!writer->full)
        return;
    if (query_next(&writer->changes))
        writer->left_out += query_int(&writer->changes, 0) == 0;
    query_rewind(&writer->changes);
}

void taken_writer_close(struct taken_writer *writer, bool all, bool cut)
{
    char number[24];
    fold_volumes(writer);
    snprintf(number, sizeof number, "%" PRIu64, writer->left_out);
    casefile_set_meta(writer->casefile, "taken_left_out", slice_from(number));
    casefile_set_meta(writer->casefile, "taken",
                      slice_from(cut   ? "cut"
                                 : all ? "all"
                                       : "attacked"));
    query_close(&writer->add);
    query_close(&writer->add_part);
    casefile_execute(writer->casefile, "DROP TABLE volume_part");
    query_close(&writer->host_of_item);
    query_close(&writer->changes);
    casefile_checkpoint(writer->casefile);
    arena_deinit(&writer->arena);
    free(writer);
}
