/*
 * The literals that the prefilters of IIS and HttpProxy logs look for, one a line: what other
 * programs have to search for when they are measured on the same work.
 *
 *     filter-literals RULES-FOLDER > literals.txt      with the built-in rules
 */
#include <stdio.h>

#include "cli/rules.h"
#include "match/compiled.h"

static void print_literals(const struct engine *engine, enum family_id family)
{
    const struct family_plan *plan = &engine->plans[family];
    enum log_format format = family_get(family)->format;
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct literal_set set = engine->rules[plan->rules[i]].literals[format];
        for (size_t k = 0; k < set.count; k++)
            printf("%.*s\n", SLICE_FMT(set.literals[k]));
    }
}

int main(int argc, char **argv)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    rules_add_embedded(&set);
    if (argc != 2 || rules_add_path(&set, argv[1], &err) < 0)
        return fprintf(stderr, "filter-literals RULES-FOLDER %s\n", err.msg), 2;
    rules_seal(&set, NULL, 0);
    struct engine_options options = { .derived = rules_derived,
                                      .derived_count = rules_derived_count };
    struct engine *engine = engine_new(&set, &options);
    print_literals(engine, FAMILY_IIS);
    print_literals(engine, FAMILY_HTTPPROXY);
    engine_free(engine);
    sigma_set_deinit(&set);
    return 0;
}
