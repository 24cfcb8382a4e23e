/*
 * Scalars by the YAML 1.2 core schema: null, bool, number, text. Only plain scalars can be
 * anything but text. `yes`, `no`, `on`, `off` are text here, as YAML 1.2 has it.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_SIGMA_SCALAR_H
#define HAUBERK_SIGMA_SCALAR_H

#include <stdbool.h>

#include "sigma/yaml_doc.h"

bool sigma_scalar_is_null(const struct yaml_doc_node *node);

/* false when the scalar is no bool, or no number. Decimal, floating point or 0x. */
bool sigma_scalar_to_bool(const struct yaml_doc_node *node, bool *out);
bool sigma_scalar_to_number(const struct yaml_doc_node *node, double *out);

/* A plain bool as `true` or `false`, everything else as written. Borrowed from the node. */
struct slice sigma_scalar_text(const struct yaml_doc_node *node);

/*
 * The text of an optional key: *out stays absent when `node` is NULL or null, is copied into
 * the arena otherwise. Lists and maps are refused in the name of `what`.
 */
int sigma_scalar_read(struct sigma_parse *parse, const struct yaml_doc_node *node,
                      const char *what, struct slice *out);

/*
 * The same for a list of texts; one scalar counts as a list of one. Nulls inside are refused.
 */
int sigma_scalar_read_list(struct sigma_parse *parse, const struct yaml_doc_node *node,
                           const char *what, struct slice **out, size_t *count_out);

#endif
