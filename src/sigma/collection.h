/*
 * Rule collections of Sigma v1: documents of one file that share parts.
 *
 *   action: global   goes into all documents that follow, up to a reset
 *   action: reset    forgets the global parts
 *   action: repeat   this document on top of the one before it
 *
 * Maps are joined key by key; the later document wins. The keys joined in one file are counted:
 * many small documents on top of a large one could cost without end.
 */
#ifndef HAUBERK_SIGMA_COLLECTION_H
#define HAUBERK_SIGMA_COLLECTION_H

#include "sigma/parse.h"
#include "sigma/yaml_doc.h"

#define SIGMA_COLLECTION_KEYS_MAX 1000000U

struct sigma_collection {
    struct arena *arena; /* lives as long as the file is read */
    const struct yaml_doc_node *global, *previous;
    size_t keys;
};

/*
 * *root is the next document and becomes what it stands for; NULL when it is no rule itself
 * (global, or a bare reset). <0 with *parse filled when it is refused.
 */
int sigma_collection_take(struct sigma_collection *collection, struct sigma_parse *parse,
                          struct yaml_doc_node **root);

#endif
