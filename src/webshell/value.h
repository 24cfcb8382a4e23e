/*
 * What is known of a value while data is followed (flow.h): constant text, a number, a list, a
 * function, a type, an object with members; and where it came from.
 *
 * Values are small and copied; what they point to lies in the arena of the page and is shared.
 * An unknown text may have a known beginning and end: `Server.MapPath("/up/") + name + ".jpg"`.
 * Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_WEBSHELL_VALUE_H
#define HAUBERK_WEBSHELL_VALUE_H

#include "webshell/flow.h"

enum value_kind {
    VALUE_UNKNOWN,
    VALUE_TEXT,     /* constant: `text`, bytes count as text too */
    VALUE_NUMBER,   /* constant: `number` */
    VALUE_LIST,     /* array or list whose items are known: `list` */
    VALUE_OBJECT,   /* `object` */
    VALUE_FUNCTION, /* of the page, or a lambda: `function` */
    VALUE_TYPE,     /* a type itself, as in File.Delete: `type`; a class of the page: `node` */
    VALUE_MEMBER, /* a method that is not called yet: delegates, GetMethod(): `text` its name */
};

struct value {
    enum value_kind kind;
    uint32_t sources, notes; /* flow_source, flow_note */
    struct flow_step *steps;
    struct slice type;       /* short name: "StreamWriter", "WScript.Shell"; or absent */
    struct slice text;       /* VALUE_TEXT, VALUE_MEMBER */
    struct slice head, tail; /* VALUE_UNKNOWN: known beginning and end; or absent */
    double number;
    union {
        struct list *list;
        struct object *object;
        const struct node *function; /* NODE_FUNCTION, NODE_CLASS */
    };
};

#define VALUE_NOTHING                                                                          \
    (struct value)                                                                             \
    {                                                                                          \
        .kind = VALUE_UNKNOWN                                                                  \
    }

struct list {
    size_t count, capacity;
    struct value *items;
    uint32_t sources, notes; /* of all items, as they were added */
    struct flow_step *steps;
};

/* A named part of an object. */
struct field {
    struct slice name;
    struct value value;
    struct field *next;
};

/*
 * One object for all names by which it is reached. A channel is an object that leads somewhere:
 * a StreamWriter to a file, a TcpClient to a host. What is written to it arrives there.
 */
struct object {
    struct value whole; /* what is known of it as a whole: sources of any of it */
    struct field *fields;
    unsigned field_count; /* OBJECT_FIELDS_MAX: what is set further is only part of `whole` */
    bool busy;            /* being walked: objects may hold themselves */
    enum sink channel;    /* SINK_NONE: leads nowhere */
    struct value address; /* path, host or URL of the channel */
    const struct node *class; /* of the page, for its methods; or NULL */
};

#define OBJECT_FIELDS_MAX 256U

/* A bound on the walk through objects in objects. */
#define VALUE_DEPTH_MAX 6

struct value value_text(struct slice text);
struct value value_number(double number);

/* Sources of everything in it: members of an object, items of a list. Bounded in depth. */
uint32_t value_sources(const struct value *value);
uint32_t value_notes(const struct value *value);

/* Takes in where another value comes from. */
void value_join(struct value *into, const struct value *from);

/* Its text when it is constant: text as it is, numbers in digits; absent otherwise. */
struct slice value_as_text(struct arena *arena, const struct value *value);
bool value_as_number(const struct value *value, double *out);

/* Either of two values: branches, several assignments. */
struct value value_either(const struct value *a, const struct value *b);

/* A new object that is known as a whole by `whole`. */
struct object *object_new(struct arena *arena, const struct value *whole);

/* The field of an object, in any case of its name; NULL when there is none. */
struct field *object_field(const struct object *object, struct slice name);
void object_set(struct arena *arena, struct object *object, struct slice name,
                const struct value *value);

struct list *list_new(struct arena *arena, size_t capacity);
void list_add(struct arena *arena, struct list *list, const struct value *value);

#endif
