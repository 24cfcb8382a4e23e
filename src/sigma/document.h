/*
 * One YAML document as a rule (spec, "Structure"). Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_DOCUMENT_H
#define HAUBERK_SIGMA_DOCUMENT_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

struct sigma_document {
    struct sigma_rule *rule; /* its `file` is left absent; of a filter: its condition */
    bool is_filter;
    struct sigma_filter filter;
    size_t feeder_count;
    struct sigma_rule **feeders; /* detections cut out of a v1 aggregation: see `owner` */
    const char *warning;         /* NULL: none */
};

/* `root` is not NULL. What *out points to lives in parse->arena. */
int sigma_document_parse(struct sigma_parse *parse, const struct yaml_doc_node *root,
                         struct sigma_document *out);

#endif
