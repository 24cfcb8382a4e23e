#include "sigma/set.h"

#include <stdlib.h>
#include <xxhash.h>

#include "sigma/collection.h"
#include "sigma/document.h"
#include "sigma/parse.h"
#include "sigma/yaml_doc.h"

#define MAX_DOCUMENTS 10000U /* of one file: each may leave a refusal */

void sigma_set_deinit(struct sigma_set *set)
{
    free(set->rules);
    free(set->filters);
    free(set->refusals);
    free(set->warnings);
    arena_deinit(&set->arena);
    *set = (struct sigma_set)SIGMA_SET_INIT;
}

static void set_add_rule(struct sigma_set *set, struct sigma_rule *rule)
{
    set->rules = mem_reserve(set->rules, set->rule_count, &set->rule_capacity,
                             sizeof(struct sigma_rule *));
    set->rules[set->rule_count++] = rule;
}

void sigma_set_refuse(struct sigma_set *set, struct sigma_refusal refusal)
{
    set->refusals = mem_reserve(set->refusals, set->refusal_count, &set->refusal_capacity,
                                sizeof(struct sigma_refusal));
    set->refusals[set->refusal_count++] = refusal;
}

/* A name for the refused document: its title, or its id. Cut, since nobody checked its length.
 */
static struct slice document_name(struct arena *arena, const struct yaml_doc_node *root)
{
    static const char *const keys[] = { "title", "id" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct yaml_doc_node *node = yaml_doc_get(root, keys[i]);
        if (node && node->text.len)
            return arena_copy(arena, sigma_shown(node->text));
    }
    return SLICE_NULL;
}

static void set_add_filter(struct sigma_set *set, const struct sigma_filter *filter)
{
    set->filters = mem_reserve(set->filters, set->filter_count, &set->filter_capacity,
                               sizeof *set->filters);
    set->filters[set->filter_count++] = *filter;
}

static void set_warn(struct sigma_set *set, const struct sigma_rule *rule, const char *reason)
{
    set->warnings = mem_reserve(set->warnings, set->warning_count, &set->warning_capacity,
                                sizeof *set->warnings);
    set->warnings[set->warning_count++] =
        (struct sigma_refusal){ rule->file, rule->line, rule->title, slice_from(reason) };
}

static void set_take_document(struct sigma_set *set, struct slice file,
                              const struct sigma_document *document)
{
    document->rule->file = file;
    if (document->warning)
        set_warn(set, document->rule, document->warning);
    if (document->is_filter) {
        set_add_filter(set, &document->filter);
        return;
    }
    set_add_rule(set, document->rule);
    for (size_t i = 0; i < document->feeder_count; i++) {
        document->feeders[i]->file = file;
        set_add_rule(set, document->feeders[i]);
    }
}

static void set_add_document(struct sigma_set *set, struct slice file,
                             const struct yaml_doc_node *root, struct sigma_parse *parse,
                             int rc)
{
    struct sigma_document document;
    set->documents++;
    if (rc == 0)
        rc = sigma_document_parse(parse, root, &document);
    if (rc == 0) {
        set_take_document(set, file, &document);
        return;
    }
    sigma_set_refuse(set, (struct sigma_refusal){
                              .file = file,
                              .line = parse->line,
                              .rule = document_name(&set->arena, root),
                              .reason = arena_copy(&set->arena, slice_from(parse->err.msg)),
                          });
}

static void set_refuse_file(struct sigma_set *set, struct slice file, const char *reason)
{
    set->documents++;
    sigma_set_refuse(set, (struct sigma_refusal){
                              .file = file,
                              .line = 1,
                              .reason = slice_from(reason),
                          });
}

static void set_add_documents(struct sigma_set *set, struct slice file,
                              struct yaml_doc_reader *reader, bool collection)
{
    struct arena scratch = ARENA_INIT;
    struct sigma_collection parts = { .arena = &scratch };
    for (size_t count = 0;; count++) {
        if (count == MAX_DOCUMENTS) {
            set_refuse_file(set, file,
                            "more than 10000 documents in one file, the rest is not read");
            break;
        }
        struct sigma_parse parse = { .arena = &set->arena, .placeholders = set->placeholders };
        struct yaml_doc_node *root = NULL;
        if (!collection)
            arena_reset(&scratch);
        int rc = yaml_doc_next(reader, &scratch, &root, &parse);
        if (rc > 0)
            break;
        if (rc == 0 && collection)
            rc = sigma_collection_take(&parts, &parse, &root);
        if (rc < 0 || root) /* an empty document says nothing that could be lost */
            set_add_document(set, file, root, &parse, rc);
    }
    arena_deinit(&scratch);
}

void sigma_set_add_text(struct sigma_set *set, struct slice file, struct slice text)
{
    struct slice name = arena_copy(&set->arena, file);
    set->text_hash = set->text_hash * 31 + XXH3_64bits(text.ptr, text.len);
    if (text.len > YAML_DOC_MAX_BYTES) {
        set_refuse_file(set, name, "larger than 4 MiB");
        return;
    }
    struct yaml_doc_reader *reader = yaml_doc_reader_new(text);
    /* Parts of a collection refer to each other, so they are all kept while it is read. */
    bool collection = slice_has(text, SLICE_LIT("action"));
    set_add_documents(set, name, reader, collection);
    yaml_doc_reader_free(reader);
}
