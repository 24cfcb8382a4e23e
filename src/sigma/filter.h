/*
 * Filter documents (spec, "Sigma Filters"): conditions that a site adds to rules of others.
 *
 * Polarity: the specification's example drops what `condition: selection` matches; pySigma
 * joins
 * "(rule) and (filter)", so its users write "not selection". Hauberk does as pySigma, and warns
 * of a condition without any "not". Search identifiers of filter and rule do not see each
 * other.
 */
#ifndef HAUBERK_SIGMA_FILTER_H
#define HAUBERK_SIGMA_FILTER_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

/*
 * Reads the section `filter`; out->rule is given and has its log source. *positive: the
 * condition holds no "not".
 */
int sigma_filter_parse(struct sigma_parse *parse, const struct yaml_doc_node *section,
                       struct sigma_filter *out, bool *positive);

/* Does `wide` cover `narrow`: is every attribute that it has the same there? */
bool sigma_logsource_covers(const struct sigma_logsource *wide,
                            const struct sigma_logsource *narrow);

#endif
