/*
 * One YAML document as a rule (spec, "Structure"). Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_DOCUMENT_H
#define HAUBERK_SIGMA_DOCUMENT_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

/* `root` is not NULL. *out lives in parse->arena; its `file` is left absent. */
int sigma_document_parse(struct sigma_parse *parse, const struct yaml_doc_node *root,
                         struct sigma_rule **out);

#endif
