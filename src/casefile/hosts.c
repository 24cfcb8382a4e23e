/*
 * A file whose rows name no host (IIS by default) belongs to the host of its neighbourhood: the
 * nearest folder above it, up to the PATH argument, below which exactly one host is named. With
 * none or several all the way up, the PATH argument's own folder name stands for it
 * (docs/adr/0002-hosts-by-neighbourhood.md).
 */
#include <assert.h>

#include "base/file.h"
#include "base/map.h"
#include "casefile/finish.h"

#define SEVERAL 1 /* value of a folder with more than one host; others: index + 2 */

struct neighbourhood {
    struct map folders; /* folder path → SEVERAL or host */
    struct map hosts;   /* name → index + 2 */
    struct arena arena;
    size_t count, capacity;
    struct slice *names;
};

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* "a/b/" → "a/b": shells complete folders with a slash. */
static struct slice without_slash(struct slice path)
{
    while (path.len > 1 && is_separator(path.ptr[path.len - 1]))
        path.len--;
    return path;
}

/* "a/b/c" → "a/b", "/a" → "/"; empty at the end. */
static struct slice parent(struct slice path)
{
    size_t len = path.len;
    while (len > 0 && is_separator(path.ptr[len - 1]))
        len--;
    while (len > 0 && !is_separator(path.ptr[len - 1]))
        len--;
    bool absolute = len == 1 && is_separator(path.ptr[0]) && path.len > 1;
    while (len > 0 && is_separator(path.ptr[len - 1]))
        len--;
    return slice_first(path, absolute ? 1 : len);
}

/* The folder above; the root itself has none ("." and "./a" share no text with it). */
static struct slice above(struct slice path, struct slice root)
{
    return path.len == root.len ? slice_first(path, 0) : parent(path);
}

static uint64_t host_number(struct neighbourhood *n, struct slice name)
{
    bool added;
    uint64_t *value = map_at(&n->hosts, name, &added);
    if (added) {
        n->names = mem_reserve(n->names, n->count, &n->capacity, sizeof *n->names);
        n->names[n->count] = arena_copy(&n->arena, name);
        *value = n->count++ + 2;
    }
    return *value;
}

/* The host is named in this file: all folders above it know, up to the root. */
static void learn(struct neighbourhood *n, struct slice path, struct slice root,
                  struct slice host)
{
    uint64_t number = host_number(n, host);
    root = without_slash(root);
    for (struct slice at = path; at.len >= root.len && at.len > 0; at = above(at, root)) {
        bool added;
        uint64_t *known = map_at(&n->folders, at, &added);
        if (added)
            *known = number;
        else if (*known != number)
            *known = SEVERAL;
    }
}

static struct slice find_host(const struct neighbourhood *n, struct slice path,
                              struct slice root, struct slice root_name)
{
    root = without_slash(root);
    for (struct slice at = path; at.len >= root.len && at.len > 0; at = above(at, root)) {
        const uint64_t *known = map_find(&n->folders, at);
        if (known && *known != SEVERAL) {
            assert(n->names);
            return n->names[*known - 2];
        }
    }
    return root_name;
}

static void learn_all(struct neighbourhood *n, struct casefile *casefile)
{
    struct query query;
    query_open(
        &query, casefile,
        "SELECT DISTINCT i.path, r.path, c.host FROM"
        " (SELECT item, host FROM coverage UNION SELECT item, host FROM finding) c"
        " JOIN item i ON i.id=c.item JOIN root r ON r.id=i.root WHERE c.host IS NOT NULL");
    while (query_next(&query))
        learn(n, query_text(&query, 0), query_text(&query, 1), query_text(&query, 2));
    query_close(&query);
}

static void set_host(struct casefile *casefile, const char *sql, int64_t item,
                     struct slice host)
{
    struct query query;
    query_open(&query, casefile, sql);
    query_bind_text(&query, host);
    query_bind_int(&query, item);
    query_run(&query);
    query_close(&query);
}

static struct slice folded(struct arena *arena, struct slice name)
{
    name = slice_first(name, slice_find_char(name, '.'));
    char *copy = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        copy[i] = ascii_lower(name.ptr[i]);
    return slice_of(copy, name.len);
}

static void name_items(struct neighbourhood *n, struct casefile *casefile, struct slice given)
{
    struct query query;
    query_open(&query, casefile,
               "SELECT i.id, i.path, r.path, r.name FROM item i JOIN root r ON r.id=i.root"
               " WHERE i.id IN (SELECT item FROM coverage WHERE host IS NULL UNION"
               " SELECT item FROM finding WHERE host IS NULL UNION"
               " SELECT item FROM page WHERE host IS NULL UNION"
               " SELECT item FROM setting WHERE host IS NULL UNION"
               " SELECT item FROM host_build WHERE host IS NULL)");
    while (query_next(&query)) {
        struct slice host = given.ptr ? folded(&n->arena, given)
                                      : find_host(n, query_text(&query, 1),
                                                  query_text(&query, 2), query_text(&query, 3));
        int64_t item = query_int(&query, 0);
        set_host(casefile,
                 "UPDATE finding SET host=?, host_guessed=1 WHERE item=? AND host IS NULL",
                 item, host);
        set_host(casefile,
                 "UPDATE page SET host=?, host_guessed=1 WHERE item=? AND host IS NULL", item,
                 host);
        set_host(casefile,
                 "UPDATE setting SET host=?, host_guessed=1 WHERE item=? AND host IS NULL",
                 item, host);
        set_host(casefile,
                 "UPDATE host_build SET host=?, host_guessed=1 WHERE item=? AND host IS NULL",
                 item, host);
        set_host(casefile,
                 "UPDATE coverage SET host=?, host_guessed=1 WHERE item=? AND host IS NULL",
                 item, host);
    }
    query_close(&query);
}

void hosts_resolve(struct casefile *casefile, struct slice host)
{
    struct neighbourhood n = { MAP_INIT, MAP_INIT, ARENA_INIT, 0, 0, NULL };
    casefile_execute(casefile,
                     "CREATE INDEX IF NOT EXISTS finding_item ON finding(item, offset, host);"
                     "CREATE INDEX IF NOT EXISTS item_path ON item(path);"
                     "CREATE INDEX IF NOT EXISTS coverage_host ON coverage(host);"
                     "CREATE INDEX IF NOT EXISTS coverage_item ON coverage(item, host)");
    learn_all(&n, casefile);
    name_items(&n, casefile, host);
    map_deinit(&n.folders);
    map_deinit(&n.hosts);
    arena_deinit(&n.arena);
    mem_free_auto(&n.names);
}
