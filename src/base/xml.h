/*
 * XML of hostile files: elements, attributes and text, in the order of the file, with the line
 * and the byte at which each stands.
 *
 *   bytes ─▶ UTF-8 (from UTF-16 by its mark or its zeros; what is no UTF-8 is Latin-1)
 *         ─▶ expat ─▶ sink
 *
 * A document type ends the reading, so there are no entities but the five of XML. Depth, size
 * and number of elements have a limit. Where a tag closes what is not open, the reading goes on
 * behind it as if it had been right, XML_REPAIRS_MAX times; any other error ends it. Both are
 * told: the program that owns such a file refuses it. Linear; never fails. Thread rule: pure.
 */
#ifndef HAUBERK_BASE_XML_H
#define HAUBERK_BASE_XML_H

#include "base/memory.h"

#define XML_DEPTH_MAX 64
#define XML_BYTES_MAX (64U << 20)
#define XML_ELEMENTS_MAX 4000000U
#define XML_REPAIRS_MAX 16U

struct xml_element {
    struct slice name;       /* as it stands there, with its prefix */
    const char **attributes; /* name and value by turns, NULL at the end */
    uint32_t line;           /* from 1 */
    uint64_t offset;         /* of its '<' in the file */
    size_t depth;            /* 0: the root */
};

/* Names and texts live as long as the call. Any function may be NULL. */
struct xml_sink {
    void (*start)(void *context, const struct xml_element *element);
    void (*end)(void *context, struct slice name);
    void (*text)(void *context, struct slice text); /* in pieces */
    void *context;
};

struct xml_end {
    const char
        *problem;  /* of the first error, "mismatched tag"; NULL: well-formed to its end */
    uint32_t line; /* of the problem */
    uint64_t offset;
    bool stopped; /* what stands behind the last problem was not read */
};

void xml_read(struct slice bytes, const struct xml_sink *sink, struct xml_end *out);

/* The value of an attribute, its name without regard to case; empty when there is none. */
struct slice xml_attribute(const struct xml_element *element, const char *name);
bool xml_has_attribute(const struct xml_element *element, const char *name);

#endif
