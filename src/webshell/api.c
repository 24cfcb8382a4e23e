#include "webshell/api.h"

#include <stdlib.h>

#define BUCKETS 1024
#define TABLES_MAX 4

struct entry {
    struct slice name, owner; /* owner: absent for a member of anything */
    const struct api *row;
    const struct api_alias *alias;
    struct entry *next;
};

struct api_index {
    struct entry *members[BUCKETS]; /* rows by member */
    struct entry *types[BUCKETS];   /* rows by owner, aliases by name */
};

static unsigned bucket_of(struct slice name)
{
    if (name.len == 0) {
        return 0;
    }
    unsigned first = (unsigned char)ascii_lower(name.ptr[0]);
    unsigned middle = (unsigned char)ascii_lower(name.ptr[name.len / 2]);
    unsigned last = (unsigned char)ascii_lower(name.ptr[name.len - 1]);
    return (first * 131 + middle * 31 + last * 7 + (unsigned)name.len * 257) % BUCKETS;
}

/* Rows stay in the order of their tables: the first that fits is found first. */
static void push(struct entry **buckets, const char *name, struct entry *entry)
{
    entry->name = slice_from(name);
    struct entry **at = &buckets[bucket_of(entry->name)];
    entry->next = *at;
    *at = entry;
}

static void index_rows(struct api_index *index, struct arena *arena,
                       const struct api_table *table)
{
    struct entry *entries = arena_array(arena, table->count * 2 + 1, sizeof *entries);
    for (size_t i = table->count; i-- > 0;) {
        const struct api *row = &table->rows[i];
        struct entry *member = &entries[i * 2];
        member->row = row;
        member->owner = row->owner != NULL ? slice_from(row->owner) : SLICE_NULL;
        push(index->members, row->member, member);
        bool named = row->owner != NULL && row->owner[0] != '\0';
        bool again = i > 0 && row->owner == table->rows[i - 1].owner;
        if (named && !again) {
            member[1].row = row;
            push(index->types, row->owner, &member[1]);
        }
    }
}

static void index_aliases(struct api_index *index, struct arena *arena,
                          const struct api_table *table)
{
    struct entry *entries = arena_array(arena, table->alias_count + 1, sizeof *entries);
    for (size_t i = 0; i < table->alias_count; i++) {
        entries[i].alias = &table->aliases[i];
        push(index->types, table->aliases[i].name, &entries[i]);
    }
}

static size_t tables_for(bool asp, enum language language,
                         const struct api_table *tables[static TABLES_MAX])
{
    size_t count = 0;
    if (language == LANGUAGE_JAVA) {
        tables[count++] = &api_java;
    } else if (language == LANGUAGE_PHP) {
        tables[count++] = &api_php;
    } else {
        if (language == LANGUAGE_CSHARP || language == LANGUAGE_VB) {
            tables[count++] = &api_binding;
        }
        if (!asp && language != LANGUAGE_VBSCRIPT) {
            tables[count++] = &api_net;
        }
        tables[count++] = &api_asp;
        tables[count++] = &api_script;
    }
    return count;
}

static const struct api_index *build_index(struct arena *arena, bool asp,
                                           enum language language)
{
    struct api_index *index = arena_alloc(arena, sizeof *index);
    const struct api_table *tables[TABLES_MAX];
    for (size_t i = tables_for(asp, language, tables); i-- > 0;) {
        index_aliases(index, arena, tables[i]);
        index_rows(index, arena, tables[i]);
    }
    return index;
}

struct api_library {
    struct arena arena;
    const struct api_index *indexes[2][LANGUAGE_PHP + 1]; /* of other pages, of classic ASP */
};

struct api_library *api_library_new(void)
{
    return mem_alloc(sizeof(struct api_library));
}

void api_library_free(struct api_library *library)
{
    if (library != NULL) {
        arena_deinit(&library->arena);
        free(library);
    }
}

const struct api_index *api_library_index(struct api_library *library, enum page_kind kind,
                                          enum language language)
{
    bool asp = kind == PAGE_KIND_ASP;
    const struct api_index **index = &library->indexes[asp][language];
    if (*index == NULL) {
        *index = build_index(&library->arena, asp, language);
    }
    return *index;
}

const struct api *api_find(const struct api_index *index, struct slice owner,
                           struct slice member)
{
    const struct api *any = NULL;
    for (const struct entry *e = index->members[bucket_of(member)]; e != NULL; e = e->next) {
        if (!slice_icase_eq(e->name, member)) {
            continue;
        }
        if (e->owner.ptr == NULL) {
            any = any == NULL ? e->row : any;
        } else if (owner.ptr != NULL && slice_icase_eq(e->owner, owner)) {
            return e->row;
        }
    }
    return any;
}

static const struct entry *find_type(const struct api_index *index, struct slice name)
{
    for (const struct entry *e = index->types[bucket_of(name)]; e != NULL; e = e->next) {
        if (slice_icase_eq(e->name, name)) {
            return e;
        }
    }
    return NULL;
}

bool api_is_type(const struct api_index *index, struct slice name)
{
    return find_type(index, name) != NULL;
}

/* "System.Collections.Generic.List<string>[]" → "List". */
static struct slice without_decoration(struct slice name)
{
    name = slice_trim(name);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '<' || name.ptr[i] == '[' || name.ptr[i] == '(' ||
            name.ptr[i] == '?' || name.ptr[i] == ',') {
            name = slice_first(name, i);
        }
    }
    return slice_trim(name);
}

static struct slice last_part(struct slice name)
{
    for (size_t i = name.len; i-- > 0;) {
        if (name.ptr[i] == '.' || name.ptr[i] == '\\' || name.ptr[i] == ':') {
            return slice_from_offset(name, i + 1);
        }
    }
    return name;
}

/* "MSXML2.XMLHTTP.3.0" → "MSXML2.XMLHTTP". */
static struct slice without_version(struct slice name)
{
    size_t len = name.len;
    while (len > 0 && (ascii_is_digit(name.ptr[len - 1]) || name.ptr[len - 1] == '.')) {
        len--;
    }
    bool versioned = len > 0 && len < name.len && name.ptr[len] == '.';
    return versioned ? slice_first(name, len) : name;
}

struct slice api_type(const struct api_index *index, struct slice name)
{
    struct slice full = without_version(without_decoration(name));
    const struct entry *known = find_type(index, full);
    if (known == NULL) {
        struct slice last = last_part(full);
        known = find_type(index, last);
        full = last;
    }
    bool alias = known != NULL && known->alias != NULL;
    return alias ? slice_from(known->alias->type) : full;
}
