#include "webshell/compiled.h"

#include <expat.h>

#define DEPTH_MAX 8

struct reading {
    XML_Parser parser;
    struct arena *arena;
    struct compiled *out;
    size_t depth;
    bool is_preserve;
};

static struct slice attribute(const struct reading *reading, const char **attributes,
                              const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return arena_copy(reading->arena, slice_from(attributes[1]));
    return SLICE_NULL;
}

static void read_preserve(struct reading *reading, const char **attributes)
{
    struct compiled *out = reading->out;
    uint64_t type;
    out->virtual_path = attribute(reading, attributes, "virtualPath");
    out->assembly = attribute(reading, attributes, "assembly");
    out->type = attribute(reading, attributes, "type");
    out->file_hash = attribute(reading, attributes, "filehash");
    if (slice_to_u64(attribute(reading, attributes, "resultType"), &type) && type < UINT32_MAX)
        out->result_type = (uint32_t)type;
    reading->is_preserve = out->virtual_path.ptr != NULL;
}

static void read_dependency(struct reading *reading, const char **attributes)
{
    struct slice name = attribute(reading, attributes, "name");
    if (name.ptr && reading->out->dependency_count < COMPILED_DEPENDENCIES_MAX)
        reading->out->dependencies[reading->out->dependency_count++] = name;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    if (reading->depth == 0 && strcmp(name, "preserve") == 0)
        read_preserve(reading, attributes);
    else if (reading->is_preserve && strcmp(name, "filedep") == 0)
        read_dependency(reading, attributes);
    if (++reading->depth > DEPTH_MAX || !reading->is_preserve)
        XML_StopParser(reading->parser, XML_FALSE);
}

static void XMLCALL on_end(void *context, const char *name)
{
    (void)name;
    ((struct reading *)context)->depth--;
}

/* Entities are a way to make much of little: no DTD is read. */
static void XMLCALL on_doctype(void *context, const char *name, const char *system,
                               const char *public, int has_internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_internal;
    XML_StopParser(((struct reading *)context)->parser, XML_FALSE);
}

bool compiled_read(struct arena *arena, struct slice bytes, struct compiled *out)
{
    struct reading reading = { XML_ParserCreate(NULL), arena, out, 0, false };
    *out = (struct compiled){ .damaged = false };
    if (!reading.parser || bytes.len > COMPILED_BYTES_MAX) {
        XML_ParserFree(reading.parser);
        return false;
    }
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    out->damaged =
        XML_Parse(reading.parser, bytes.ptr, (int)bytes.len, XML_TRUE) != XML_STATUS_OK;
    XML_ParserFree(reading.parser);
    return reading.is_preserve;
}
