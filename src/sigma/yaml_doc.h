/*
 * YAML documents as trees, read through libyaml's event interface.
 *
 * The event interface is used, and not libyaml's own documents, because it meets anchors and
 * aliases before anything is expanded ("billion laughs") and lets us count nodes and nesting.
 * Refused: anchors, aliases, merge keys, duplicate keys, keys that are not scalars, tags other
 * than the core schema's str, map and seq.
 *
 * Nodes live in the arena given to yaml_doc_next(). Thread rule: a reader has one owner.
 */
#ifndef HAUBERK_SIGMA_YAML_DOC_H
#define HAUBERK_SIGMA_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/slice.h"
#include "sigma/parse.h"

#define YAML_DOC_MAX_DEPTH 64U
#define YAML_DOC_MAX_BYTES ((size_t)4 << 20)
#define YAML_DOC_MAX_NODES 100000U
#define YAML_DOC_MAX_TAG_DIRECTIVES 100U

enum yaml_doc_kind { YAML_DOC_SCALAR, YAML_DOC_SEQUENCE, YAML_DOC_MAPPING };

struct yaml_doc_node {
    enum yaml_doc_kind kind;
    int line;
    bool plain; /* scalar without quotes, block style or tag: may be null, bool, number */
    struct slice text; /* scalar: valid UTF-8, may hold NUL */
    size_t count;      /* sequence: elements; mapping: keys and values, alternating */
    size_t capacity;
    struct yaml_doc_node **children;
};

struct yaml_doc_reader;

/* Borrows `text` until the free. */
struct yaml_doc_reader *yaml_doc_reader_new(struct slice text);
void yaml_doc_reader_free(struct yaml_doc_reader *reader);

/*
 * The next document. Returns 0 and *root_out (NULL: an empty document); 1 after the last one;
 * <0 refused, *parse filled, and *root_out is what was understood before (NULL, or a tree that
 * is good for naming the document only). After a refusal the next call goes on with the next
 * document, or returns 1 when what follows cannot be read.
 */
int yaml_doc_next(struct yaml_doc_reader *reader, struct arena *arena,
                  struct yaml_doc_node **root_out, struct sigma_parse *parse);

/* The value of a mapping's key; NULL when there is none or `node` is no mapping (or NULL). */
const struct yaml_doc_node *yaml_doc_get(const struct yaml_doc_node *node, const char *key);

/* Pairs of a mapping. */
static inline size_t yaml_doc_pairs(const struct yaml_doc_node *mapping)
{
    return mapping->count / 2;
}

static inline const struct yaml_doc_node *yaml_doc_key(const struct yaml_doc_node *mapping,
                                                       size_t pair)
{
    return mapping->children[2 * pair];
}

static inline const struct yaml_doc_node *yaml_doc_value(const struct yaml_doc_node *mapping,
                                                         size_t pair)
{
    return mapping->children[2 * pair + 1];
}

#endif
