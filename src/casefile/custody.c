#include "casefile/custody.h"

/* Files with a finding, and how many. */
#define FOUND                                                                                  \
    "(SELECT i.path AS path, count(*) AS findings FROM finding f JOIN item i ON i.id=f.item"   \
    " WHERE NOT f.silent AND NOT f.own_probe GROUP BY i.path)"

size_t custody_begin(struct casefile *casefile, bool all, struct arena *arena,
                     const char *const **paths_out)
{
    struct query query;
    size_t count = 0, capacity = 0;
    const char **paths = NULL;
    casefile_execute(casefile, "DELETE FROM custody");
    query_open(&query, casefile,
               all ? "SELECT DISTINCT path FROM item ORDER BY path"
                   : "SELECT path FROM " FOUND " ORDER BY path");
    while (query_next(&query)) {
        if (count == capacity) {
            size_t more = capacity ? capacity * 2 : 64;
            const char **grown = arena_array(arena, more, sizeof *grown);
            for (size_t i = 0; i < count; i++)
                grown[i] = paths[i];
            paths = grown;
            capacity = more;
        }
        paths[count++] = arena_text(arena, query_text(&query, 0));
    }
    query_close(&query);
    *paths_out = paths;
    return count;
}

void custody_add(struct casefile *casefile, const struct custody_note *note)
{
    struct query query;
    char hex[HASH_TEXT_SIZE];
    bool hashed = !note->problem.ptr;
    query_open(&query, casefile, "INSERT OR REPLACE INTO custody VALUES(?,?,?,?,?)");
    query_bind_text(&query, note->path);
    query_bind_int(&query, (int64_t)note->size);
    query_bind_time(&query, note->modified);
    query_bind_text(&query, hashed ? slice_from(hash_text(note->sha256, SHA256_BYTES, hex))
                                   : SLICE_NULL);
    query_bind_text(&query, note->problem);
    query_run(&query);
    query_close(&query);
}

void custody_open(struct query *query, struct casefile *casefile)
{
    query_open(query, casefile,
               "SELECT i.path, sum(i.size), min(i.family), min(c.since), max(c.until),"
               " coalesce(n.findings,0), h.sha256, h.problem FROM item i"
               " LEFT JOIN (SELECT item, min(time_from) AS since, max(time_to) AS until"
               " FROM coverage GROUP BY item) c ON c.item=i.id"
               " LEFT JOIN " FOUND " n ON n.path=i.path"
               " LEFT JOIN custody h ON h.path=i.path"
               " GROUP BY i.path ORDER BY n.findings IS NULL, i.path");
}

bool custody_next(struct query *query, struct custody_file *out)
{
    if (!query_next(query))
        return false;
    *out = (struct custody_file){ .path = query_text(query, 0),
                                  .size = (uint64_t)query_int(query, 1),
                                  .family = query_text(query, 2),
                                  .from = query_time(query, 3),
                                  .to = query_time(query, 4),
                                  .findings = (uint64_t)query_int(query, 5),
                                  .sha256 = query_text(query, 6),
                                  .problem = query_text(query, 7) };
    return true;
}
