#include "sigma/collection.h"

static struct yaml_doc_node *copy_map(struct sigma_collection *collection,
                                      const struct yaml_doc_node *map, size_t room)
{
    struct yaml_doc_node *copy = arena_alloc(collection->arena, sizeof *copy);
    *copy = *map;
    copy->capacity = map->count + room;
    copy->children =
        arena_array(collection->arena, copy->capacity, sizeof(struct yaml_doc_node *));
    if (map->count)
        memcpy(copy->children, map->children, map->count * sizeof(struct yaml_doc_node *));
    collection->keys += copy->capacity / 2;
    return copy;
}

static size_t find_pair(const struct yaml_doc_node *map, struct slice key)
{
    for (size_t i = 0; i < yaml_doc_pairs(map); i++)
        if (slice_eq(yaml_doc_key(map, i)->text, key))
            return i;
    return SIZE_MAX;
}

/* `over` on top of `base`. Recursion ends: documents nest 64 deep. */
static struct yaml_doc_node *join(struct sigma_collection *collection,
                                  const struct yaml_doc_node *base, struct yaml_doc_node *over)
{
    if (!base || base->kind != YAML_DOC_MAPPING || over->kind != YAML_DOC_MAPPING ||
        collection->keys > SIGMA_COLLECTION_KEYS_MAX)
        return over;
    struct yaml_doc_node *joined = copy_map(collection, base, over->count);
    collection->keys += base->count / 2 * (over->count / 2) / 64; /* the search below */
    for (size_t i = 0; i < yaml_doc_pairs(over); i++) {
        struct yaml_doc_node *key = over->children[2 * i], *value = over->children[2 * i + 1];
        size_t at = find_pair(base, key->text);
        if (at != SIZE_MAX) {
            joined->children[2 * at + 1] = join(collection, base->children[2 * at + 1], value);
            continue;
        }
        joined->children[joined->count++] = key;
        joined->children[joined->count++] = value;
    }
    joined->line = over->line;
    return joined;
}

/* The document without `action`, or NULL when nothing else is in it. */
static struct yaml_doc_node *without_action(struct sigma_collection *collection,
                                            const struct yaml_doc_node *root)
{
    size_t at = find_pair(root, SLICE_LIT("action"));
    struct yaml_doc_node *rest = copy_map(collection, root, 0);
    rest->count -= 2;
    for (size_t i = 2 * at; i < rest->count; i++)
        rest->children[i] = rest->children[i + 2];
    return rest->count ? rest : NULL;
}

static int apply_action(struct sigma_collection *collection, struct sigma_parse *parse,
                        const struct yaml_doc_node *action, struct yaml_doc_node **root)
{
    struct yaml_doc_node *rest = without_action(collection, *root);
    if (slice_eq(action->text, SLICE_LIT("global"))) {
        collection->global =
            rest ? join(collection, collection->global, rest) : collection->global;
        *root = NULL;
    } else if (slice_eq(action->text, SLICE_LIT("reset"))) {
        collection->global = NULL;
        *root = rest;
    } else if (slice_eq(action->text, SLICE_LIT("repeat"))) {
        if (!collection->previous)
            return sigma_refuse(parse, action->line, "'action: repeat' without a document");
        *root = rest ? join(collection, collection->previous, rest) : NULL;
    } else {
        return sigma_refuse(parse, action->line, "unknown 'action' '%.*s'",
                            SHOWN(action->text));
    }
    return 0;
}

int sigma_collection_take(struct sigma_collection *collection, struct sigma_parse *parse,
                          struct yaml_doc_node **root)
{
    const struct yaml_doc_node *action = yaml_doc_get(*root, "action");
    if (action && apply_action(collection, parse, action, root) < 0)
        return -1;
    bool repeats = action && slice_eq(action->text, SLICE_LIT("repeat"));
    if (*root && !repeats)
        *root = join(collection, collection->global, *root);
    if (collection->keys > SIGMA_COLLECTION_KEYS_MAX)
        return sigma_refuse(parse, *root ? (*root)->line : 0,
                            "rule collection: more than 1000000 keys joined in one file");
    if (*root)
        collection->previous = *root;
    return 0;
}
