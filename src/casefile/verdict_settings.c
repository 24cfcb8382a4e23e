/* What attackers added to the host's settings (settings.h), as far as it counts. */
#include "casefile/verdict_internal.h"

void verdict_read_settings(struct casefile *casefile, struct arena *arena,
                           struct host_verdict *v)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT i.path, f.offset, e.row FROM finding f JOIN item i ON i.id=f.item"
                  " LEFT JOIN event e ON e.id=f.event WHERE f.host=? AND f.family='setting'"
                  " AND f.stage='plant' AND NOT f.silent ORDER BY f.item, f.offset",
                  v->host);
    while (query_next(&query))
        if (v->settings_planted++ == 0)
            v->setting = verdict_proof(&query, arena, 0);
    query_close(&query);
}
