/*
 * One SQL statement with its parameters and rows: the only way the program speaks to SQLite.
 *
 * Every failure of the database is remembered in the case (casefile_error) and makes the query
 * end; callers check once at the end of their work. SQL text is constant; everything from
 * evidence is bound, never pasted. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_QUERY_H
#define HAUBERK_CASEFILE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "casefile/grade.h"

struct casefile;
struct sqlite3_stmt;

struct query {
    struct casefile *casefile;
    struct sqlite3_stmt *statement;
    int parameters; /* bound so far */
};

void query_open(struct query *query, struct casefile *casefile, const char *sql);
void query_close(struct query *query);

/* Binds the next parameter. Absent text and TIME_NONE become NULL. */
void query_bind_text(struct query *query, struct slice text);
/* Without a copy: the text must live until query_run() or query_close(). */
void query_bind_borrowed(struct query *query, struct slice text);
void query_bind_int(struct query *query, int64_t value);
void query_bind_double(struct query *query, double value);
void query_bind_null(struct query *query);
void query_bind_time(struct query *query, int64_t ms);

void query_rewind(struct query *query); /* before parameters are bound anew */
bool query_next(struct query *query);   /* moves to the next row */
void query_run(struct query *query);    /* for statements without rows: executes and rewinds */

/* Columns of the current row, from 0. Text lives until the next query_next(); NULL is absent.
 */
struct slice query_text(struct query *query, int column);
bool query_is_null(struct query *query, int column);
bool query_is_text(struct query *query, int column);
bool query_is_real(struct query *query, int column);
bool query_is_blob(struct query *query, int column);
/* Of any statement that was opened; 0 when it could not be. The name lives as long as it. */
int query_column_count(struct query *query);
const char *query_column_name(struct query *query, int column);
int64_t query_int(struct query *query, int column);
double query_double(struct query *query, int column);
enum grade query_grade(struct query *query, int column); /* out of range: GRADE_N */
int64_t query_time(struct query *query, int column);     /* NULL: TIME_NONE */

#endif
