#include "sigma/yaml_doc.h"

#include <assert.h>
#include <stdlib.h>
#include <yaml.h>

struct yaml_doc_reader {
    yaml_parser_t parser;
    bool ended;
    bool too_many_tags;
};

/* One document while its events come in. */
struct builder {
    struct sigma_parse *parse;
    struct arena *arena;
    struct yaml_doc_node *root;
    struct yaml_doc_node *open[YAML_DOC_MAX_DEPTH];
    size_t depth;
    size_t nodes;
    bool refused; /* the rest of the document is read over */
    bool done;
};

/* libyaml compares each %TAG directive with all before it: 4 MiB of them take minutes. */
static bool has_too_many_tags(struct slice text)
{
    for (unsigned count = 0; count <= YAML_DOC_MAX_TAG_DIRECTIVES; count++) {
        size_t at = slice_find(text, SLICE_LIT("%TAG"));
        if (at == SIZE_MAX)
            return false;
        text = slice_from_offset(text, at + 1);
    }
    return true;
}

struct yaml_doc_reader *yaml_doc_reader_new(struct slice text)
{
    struct yaml_doc_reader *reader = mem_alloc(sizeof *reader);
    if (!yaml_parser_initialize(&reader->parser)) {
        reader->ended = true; /* libyaml allocates a few bytes here: never seen */
        return reader;
    }
    if (slice_starts(text,
                     SLICE_LIT("\xEF\xBB\xBF"))) /* libyaml skips it only when it guesses */
        text = slice_from_offset(text, 3);
    const char *bytes = text.len ? text.ptr : "";
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, text.len);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING); /* spec: rules are UTF-8 */
    reader->too_many_tags = has_too_many_tags(text);
    return reader;
}

void yaml_doc_reader_free(struct yaml_doc_reader *reader)
{
    if (!reader)
        return;
    yaml_parser_delete(&reader->parser);
    free(reader);
}

static int mark_line(yaml_mark_t mark)
{
    return mark.line < (size_t)INT32_MAX ? (int)mark.line + 1 : INT32_MAX;
}

/* Refuses the document, not the file: its events are still read, to find the next document. */
static void builder_refuse(struct builder *builder, int line, const char *reason)
{
    if (builder->refused)
        return; /* the first reason stays */
    sigma_refuse(builder->parse, line, "%s", reason);
    builder->refused = true;
}

static void node_push(struct arena *arena, struct yaml_doc_node *parent,
                      struct yaml_doc_node *child)
{
    if (parent->count == parent->capacity) {
        size_t capacity = parent->capacity ? parent->capacity * 2 : 4;
        struct yaml_doc_node **grown =
            arena_array(arena, capacity, sizeof(struct yaml_doc_node *));
        if (parent->count)
            memcpy(grown, parent->children, parent->count * sizeof(struct yaml_doc_node *));
        parent->children = grown;
        parent->capacity = capacity;
    }
    parent->children[parent->count++] = child;
}

static bool expects_key(const struct yaml_doc_node *parent)
{
    return parent->kind == YAML_DOC_MAPPING && parent->count % 2 == 0;
}

static void builder_check_key(struct builder *builder, const struct yaml_doc_node *key)
{
    if (key->kind != YAML_DOC_SCALAR)
        builder_refuse(builder, key->line, "a key must be text, not a list or a map");
    else if (key->plain && slice_eq(key->text, SLICE_LIT("<<")))
        builder_refuse(builder, key->line, "YAML merge keys ('<<') are not accepted");
}

static struct yaml_doc_node *builder_add(struct builder *builder, enum yaml_doc_kind kind,
                                         int line)
{
    struct yaml_doc_node *node = arena_alloc(builder->arena, sizeof *node);
    node->kind = kind;
    node->line = line;
    builder->nodes++;
    if (builder->nodes > YAML_DOC_MAX_NODES)
        builder_refuse(builder, line, "more than 100000 YAML nodes in one document");
    return node;
}

/* Hangs a node, complete enough to be judged as a key, into the collection that is open. */
static void builder_hang(struct builder *builder, struct yaml_doc_node *node, size_t depth)
{
    if (depth == 0) {
        builder->root = node;
        return;
    }
    struct yaml_doc_node *parent = builder->open[depth - 1];
    if (expects_key(parent))
        builder_check_key(builder, node);
    node_push(builder->arena, parent, node);
}

static bool is_core_tag(const yaml_char_t *tag, const char *core)
{
    return !tag || strcmp((const char *)tag, "!") == 0 || strcmp((const char *)tag, core) == 0;
}

static void builder_check(struct builder *builder, const yaml_event_t *event,
                          const yaml_char_t *anchor, const yaml_char_t *tag, const char *core)
{
    if (anchor)
        builder_refuse(builder, mark_line(event->start_mark),
                       "YAML anchors ('&') are not accepted");
    else if (!is_core_tag(tag, core))
        builder_refuse(builder, mark_line(event->start_mark),
                       "YAML tags ('!') are not accepted");
}

static void builder_scalar(struct builder *builder, const yaml_event_t *event)
{
    if (builder->refused)
        return;
    builder_check(builder, event, event->data.scalar.anchor, event->data.scalar.tag,
                  YAML_STR_TAG);
    struct yaml_doc_node *node =
        builder_add(builder, YAML_DOC_SCALAR, mark_line(event->start_mark));
    const char *bytes = (const char *)event->data.scalar.value;
    node->text = arena_copy(builder->arena, slice_of(bytes, event->data.scalar.length));
    node->plain =
        !event->data.scalar.tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    builder_hang(builder, node, builder->depth);
}

/* Nesting is counted in refused documents too; too much of it ends the file. */
static int builder_open(struct builder *builder, const yaml_event_t *event,
                        enum yaml_doc_kind kind)
{
    int line = mark_line(event->start_mark);
    if (builder->depth == YAML_DOC_MAX_DEPTH)
        return sigma_refuse(builder->parse, line, "YAML nested more than 64 levels deep");
    size_t depth = builder->depth++;
    if (builder->refused)
        return 0;
    if (kind == YAML_DOC_SEQUENCE)
        builder_check(builder, event, event->data.sequence_start.anchor,
                      event->data.sequence_start.tag, YAML_SEQ_TAG);
    else
        builder_check(builder, event, event->data.mapping_start.anchor,
                      event->data.mapping_start.tag, YAML_MAP_TAG);
    builder->open[depth] = builder_add(builder, kind, line);
    builder_hang(builder, builder->open[depth], depth);
    return 0;
}

static int slice_order(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static int key_order(const void *left, const void *right)
{
    const struct yaml_doc_node *const *a = left;
    const struct yaml_doc_node *const *b = right;
    int order = slice_order((*a)->text, (*b)->text);
    return order != 0 ? order : ((*a)->line > (*b)->line) - ((*a)->line < (*b)->line);
}

/* The later one of two equal keys, or NULL. Sorted: a hostile map must not cost n*n. */
static const struct yaml_doc_node *find_duplicate(struct arena *arena,
                                                  const struct yaml_doc_node *mapping)
{
    size_t pairs = yaml_doc_pairs(mapping);
    const struct yaml_doc_node **keys =
        arena_array(arena, pairs, sizeof(struct yaml_doc_node *));
    for (size_t i = 0; i < pairs; i++)
        keys[i] = yaml_doc_key(mapping, i);
    qsort(keys, pairs, sizeof(struct yaml_doc_node *), key_order);
    for (size_t i = 1; i < pairs; i++) {
        if (slice_eq(keys[i - 1]->text, keys[i]->text))
            return keys[i];
    }
    return NULL;
}

static void builder_close(struct builder *builder)
{
    builder->depth--;
    if (builder->refused)
        return;
    const struct yaml_doc_node *node = builder->open[builder->depth];
    assert(node);
    if (node->kind != YAML_DOC_MAPPING || node->count < 4)
        return;
    const struct yaml_doc_node *duplicate = find_duplicate(builder->arena, node);
    if (!duplicate)
        return;
    sigma_refuse(builder->parse, duplicate->line, "the key '%.*s' is given twice",
                 SHOWN(duplicate->text));
    builder->refused = true;
}

static int builder_take(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        if (!builder->refused)
            builder_refuse(builder, mark_line(event->start_mark),
                           "YAML aliases ('*') are not accepted");
        return 0;
    case YAML_SCALAR_EVENT:
        builder_scalar(builder, event);
        return 0;
    case YAML_SEQUENCE_START_EVENT:
        return builder_open(builder, event, YAML_DOC_SEQUENCE);
    case YAML_MAPPING_START_EVENT:
        return builder_open(builder, event, YAML_DOC_MAPPING);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder_close(builder);
        return 0;
    case YAML_DOCUMENT_END_EVENT:
    case YAML_STREAM_END_EVENT:
        builder->done = true;
        return 0;
    default: /* stream and document starts */
        return 0;
    }
}

static int refuse_syntax(const yaml_parser_t *parser, struct sigma_parse *parse)
{
    const char *problem = parser->problem ? parser->problem : "out of memory";
    bool unreadable = parser->error == YAML_READER_ERROR; /* bad UTF-8, control characters */
    return sigma_refuse(parse, mark_line(unreadable ? parser->mark : parser->problem_mark),
                        "not YAML: %s", problem);
}

static int builder_run(struct builder *builder, struct yaml_doc_reader *reader)
{
    while (!builder->done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event))
            return refuse_syntax(&reader->parser, builder->parse);
        int rc = builder_take(builder, &event);
        reader->ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* `key:` or `---` without anything. */
static bool is_nothing(const struct yaml_doc_node *root)
{
    return root && root->kind == YAML_DOC_SCALAR && root->plain && root->text.len == 0;
}

int yaml_doc_next(struct yaml_doc_reader *reader, struct arena *arena,
                  struct yaml_doc_node **root_out, struct sigma_parse *parse)
{
    *root_out = NULL;
    if (reader->ended)
        return 1;
    if (reader->too_many_tags) {
        reader->ended = true;
        return sigma_refuse(parse, 1, "more than 100 %%TAG directives in one file");
    }
    struct builder builder = { .parse = parse, .arena = arena };
    if (builder_run(&builder, reader) < 0) {
        reader->ended = true;
        builder.refused = true;
    }
    *root_out = is_nothing(builder.root) ? NULL : builder.root;
    if (builder.refused)
        return -1;
    return reader->ended ? 1 : 0;
}

const struct yaml_doc_node *yaml_doc_get(const struct yaml_doc_node *node, const char *key)
{
    if (!node || node->kind != YAML_DOC_MAPPING)
        return NULL;
    struct slice wanted = slice_from(key);
    for (size_t i = 0; i < yaml_doc_pairs(node); i++) {
        if (slice_eq(yaml_doc_key(node, i)->text, wanted))
            return yaml_doc_value(node, i);
    }
    return NULL;
}
