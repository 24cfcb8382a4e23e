#include "casefile/copy.h"

#include <string.h>

#define TABLES "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"

/* Working data that no report reads, and that would only take room. */
static bool is_left_out(struct slice table)
{
    return slice_eq(table, SLICE_LIT("correlation_key"));
}

/* ---- seeing all texts -----------------------------------------------------------------------
 */

typedef void see_cell(void *context, const struct case_cell *cell);

static void see_row(struct query *query, const char *table, see_cell *see, void *context)
{
    for (int i = 0; i < query_column_count(query); i++) {
        if (!query_is_text(query, i))
            continue;
        struct case_cell cell = { table, query_column_name(query, i), query_text(query, i) };
        see(context, &cell);
    }
}

/* Rows of one finding: "?" is its id. */
static void see_by_id(struct query *query, int64_t id, const char *table, see_cell *see,
                      void *context)
{
    query_rewind(query);
    query_bind_int(query, id);
    while (query_next(query))
        see_row(query, table, see, context);
}

static void see_findings(struct casefile *casefile, see_cell *see, void *context)
{
    struct query order, finding, event;
    query_open(&order, casefile,
               "SELECT id FROM finding ORDER BY time, item, offset, rule, id");
    query_open(&finding, casefile, "SELECT * FROM finding WHERE id=?");
    query_open(&event, casefile,
               "SELECT * FROM event WHERE id=(SELECT event FROM finding WHERE id=?)");
    while (query_next(&order)) {
        see_by_id(&finding, query_int(&order, 0), "finding", see, context);
        see_by_id(&event, query_int(&order, 0), "event", see, context);
    }
    query_close(&event);
    query_close(&finding);
    query_close(&order);
}

static void see_table(struct casefile *casefile, const char *table, see_cell *see,
                      void *context)
{
    struct query query;
    struct buf sql = BUF_INIT;
    buf_printf(&sql, "SELECT * FROM \"%s\"", table);
    query_open(&query, casefile, sql.ptr);
    while (query_next(&query))
        see_row(&query, table, see, context);
    query_close(&query);
    buf_deinit(&sql);
}

/* A name that can stand in SQL between quotes; ours can, a hostile case's need not. */
static bool is_plain_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alnum(name.ptr[i]) && name.ptr[i] != '_')
            return false;
    return name.len > 0;
}

void casefile_each_text(struct casefile *casefile,
                        void (*see)(void *context, const struct case_cell *cell), void *context)
{
    struct query tables;
    struct arena arena = ARENA_INIT;
    see_findings(casefile, see, context);
    query_open(&tables, casefile, TABLES);
    while (query_next(&tables)) {
        struct slice table = query_text(&tables, 0);
        if (!is_left_out(table) && is_plain_name(table))
            see_table(casefile, arena_text(&arena, table), see, context);
    }
    query_close(&tables);
    arena_deinit(&arena);
}

/* ---- copying --------------------------------------------------------------------------------
 */

struct copying {
    struct casefile *from, *to;
    case_change *change;
    void *context;
    struct buf text;
};

static void copy_value(struct copying *c, const char *table, struct query *from, int column,
                       struct query *to)
{
    if (query_is_text(from, column)) {
        struct case_cell cell = { table, query_column_name(from, column),
                                  query_text(from, column) };
        buf_clear(&c->text);
        bool kept = c->change(c->context, &cell, &c->text);
        query_bind_text(to, kept ? buf_slice(&c->text) : SLICE_NULL);
    } else if (query_is_real(from, column)) {
        query_bind_double(to, query_double(from, column));
    } else if (query_is_null(from, column) || query_is_blob(from, column)) {
        query_bind_null(to);
    } else {
        query_bind_int(to, query_int(from, column));
    }
}

/* "a","b" and ?,? for the columns that our schema gives the table. */
static void list_columns(struct casefile *casefile, const char *table, struct buf *names,
                         struct buf *marks)
{
    struct query query;
    struct buf sql = BUF_INIT;
    buf_printf(&sql, "SELECT * FROM \"%s\" LIMIT 0", table);
    query_open(&query, casefile, sql.ptr);
    for (int i = 0; i < query_column_count(&query); i++) {
        buf_printf(names, "%s\"%s\"", i ? "," : "", query_column_name(&query, i));
        buf_add_text(marks, i ? ",?" : "?");
    }
    query_close(&query);
    buf_deinit(&sql);
}

static void copy_table(struct copying *c, const char *table)
{
    struct buf names = BUF_INIT, marks = BUF_INIT, sql = BUF_INIT;
    struct query from, to;
    list_columns(c->to, table, &names, &marks);
    buf_printf(&sql, "SELECT %s FROM \"%s\"", names.ptr, table);
    query_open(&from, c->from, sql.ptr);
    buf_clear(&sql);
    buf_printf(&sql, "INSERT OR REPLACE INTO \"%s\"(%s) VALUES(%s)", table, names.ptr,
               marks.ptr);
    query_open(&to, c->to, sql.ptr);
    while (query_next(&from)) {
        for (int i = 0; i < query_column_count(&from); i++)
            copy_value(c, table, &from, i, &to);
        query_run(&to);
    }
    query_close(&to);
    query_close(&from);
    buf_deinit(&sql);
    buf_deinit(&marks);
    buf_deinit(&names);
}

static void copy_tables(struct copying *c)
{
    struct query tables;
    struct arena arena = ARENA_INIT;
    query_open(&tables, c->to, TABLES);
    while (query_next(&tables)) {
        struct slice table = query_text(&tables, 0);
        if (!is_left_out(table))
            copy_table(c, arena_text(&arena, table));
    }
    query_close(&tables);
    arena_deinit(&arena);
}

/* An index over plain columns, which runs no function: "CREATE INDEX a ON b(c, d)". */
static bool is_plain_index(struct slice sql)
{
    size_t open = slice_find_char(sql, '(');
    if (!slice_starts(sql, SLICE_LIT("CREATE INDEX ")) || open == SIZE_MAX)
        return false;
    for (size_t i = 0; i < sql.len; i++) {
        char c = sql.ptr[i];
        if (!ascii_is_alnum(c) && !strchr("_ ,", c) && i != open &&
            !(c == ')' && i + 1 == sql.len))
            return false;
    }
    return sql.ptr[sql.len - 1] == ')';
}

/* Reports would be slow without them. */
static void copy_indexes(struct copying *c)
{
    struct query query;
    struct arena arena = ARENA_INIT;
    query_open(&query, c->from,
               "SELECT sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL");
    while (query_next(&query))
        if (is_plain_index(query_text(&query, 0)))
            casefile_execute(c->to, arena_text(&arena, query_text(&query, 0)));
    query_close(&query);
    arena_deinit(&arena);
}

int casefile_copy(struct casefile **out, struct casefile *from, case_change *change,
                  void *context, struct err *err)
{
    struct copying c = { .from = from, .change = change, .context = context };
    if (casefile_create(&c.to, NULL, SLICE_LIT(""), err) < 0)
        return -1;
    copy_tables(&c);
    copy_indexes(&c);
    buf_deinit(&c.text);
    if (casefile_error(from, err) < 0 || casefile_error(c.to, err) < 0) {
        casefile_close(c.to, NULL);
        return -1;
    }
    *out = c.to;
    return 0;
}
