/*
 * What the functions, members and types of the languages' libraries mean for data: one row
 * each, in one table for each family (api_net.c, api_asp.c, api_java.c, api_php.c; api_script.c
 * has the functions that are built into VB, VBScript and JScript).
 *
 * A row is found by the member's name and the type of what it is a member of; both without
 * regard to case. Everything that a row does not say has a default:
 *
 *   - the result holds the sources of the object and of all arguments (`.result`)
 *   - no sink, nothing given, no type
 *
 *   { "HttpRequest", "QueryString", .gives = FROM_QUERY }
 *   { "File", "ReadAllText", .sink = SINK_READ, .args = ARG(0), .gives = FROM_READ,
 *     .result = RESULT_GIVEN }
 *   { "File", "WriteAllText", .sink = SINK_WRITE, .args = ARG(0), .content = ARG(1) }
 *   { "StreamWriter", "new", .opens = SINK_WRITE, .args = ARG(0) }
 *   { "StreamWriter", "Write", .content = ARG_ALL, .to = ARG_THIS }
 *   { "Stream", "CopyTo", .content = ARG_THIS, .to = ARG(0) }
 *   { "SqlCommand", "CommandText=", .sink = SINK_SQL, .args = ARG(0) }
 *   { "", "Chr", .fold = fold_char, .result = RESULT_CLEAN }
 *   { "", "str_replace", .fold = fold_replace, .order = "201" }
 *   { "", "CreateObject", .makes = ARG(0) }
 *   { "", "call_user_func", .calls = ARG(0) }
 *   { "Type", "GetMethod", .names = ARG(0), .type = "MethodInfo" }
 *   { "MethodInfo", "Invoke", .calls = ARG_THIS }
 *   { "Type", "InvokeMember", .names = ARG(0), .calls = ARG_THIS }
 *   { "Process", "StartInfo", .type = "ProcessStartInfo" }
 *   { "Convert", "ToInt32", .result = RESULT_CLEAN }
 *
 * Thread rule: constant tables.
 */
#ifndef HAUBERK_WEBSHELL_API_H
#define HAUBERK_WEBSHELL_API_H

#include "webshell/value.h"

/* Arguments, as bits. PHP and VB count theirs from 0 too. */
#define ARG(n) (1U << (n))
#define ARG_REST(n) (0x3fffffffU & ~(ARG(n) - 1)) /* argument n and those behind it */
#define ARG_ALL ARG_REST(0)
#define ARG_THIS (1U << 30) /* the object whose member is called */

enum api_result {
    RESULT_JOINED, /* what went in comes out: object and arguments */
    RESULT_GIVEN,  /* only `gives` */
    RESULT_CLEAN,  /* nothing of the caller: numbers, dates, lengths, answers of yes or no */
    RESULT_THIS,   /* the object itself, arguments join it: a.Append(x).Append(y) */
    RESULT_FIRST,  /* the first argument as it is, not the object: Server.MapPath(path) */
};

/*
 * Computes a constant result from constant arguments. args[0] is the subject: the object of a
 * method, or the first argument of a function; `order` of the row puts others in place. Returns
 * false when it cannot (an argument is not constant, or is wrong): then `.result` decides.
 * Sources and notes are joined by the caller.
 */
struct fold {
    struct arena *arena;
    size_t budget; /* bytes that may still be made on this page */
};
typedef bool fold_function(struct fold *fold, const struct value *args, size_t count,
                           struct value *out);

struct api {
    /* Short name of a type ("Process"), a COM class ("WScript.Shell"), "" for functions and
     * names that stand alone, NULL for a member of anything. */
    const char *owner;
    /* "new" is the constructor, "[]" the index (and call) of an object, "Name=" the setting of
     * a property: ARG(0) is what it is set to. */
    const char *member;

    enum sink sink;       /* args reach it */
    uint32_t args;        /* of the sink; or the address of a channel that is opened */
    uint32_t content;     /* what is written by SINK_WRITE, _MAIL, _CONNECT, or to a channel */
    uint32_t to;          /* the channel written to; a fact only if it leads somewhere */
    enum sink opens;      /* the result is a channel to args: SINK_WRITE, _CONNECT, _SQL_SERVER,
                             SINK_READ (a file; writing to it makes a SINK_WRITE of it) */
    uint32_t follows;     /* the result leads where the channel in these arguments leads */
    uint32_t gives;       /* flow_source bits that the result has besides */
    const char *harmless; /* names, with blanks between: of these, nothing is given */
    uint32_t notes;       /* flow_note bits of the result (FLOW_DECODED ...) */
    enum api_result result;
    uint32_t makes;     /* the result is of the type that this argument names */
    uint32_t names;     /* the result is the method that this argument names, of the object */
    bool constructs;    /* the result is the constructor of the object's type */
    uint32_t calls;     /* these arguments are functions, called with the arguments behind them;
                           a list among those stands for its items */
    uint32_t puts;      /* ARG(0) names the place in the object where these are kept */
    uint32_t gets;      /* the result is what was kept in the object under this name */
    uint32_t pages;     /* arguments that are a page or a style sheet themselves */
    uint32_t fills;     /* arguments that receive the result: stream.Read(buffer, ...) */
    uint32_t scatters;  /* PHP: what is in these arguments become variables: extract() */
    uint32_t reads;     /* files that are read besides: copy() */
    const char *option; /* PHP: ARG(2) is where the channel leads if ARG(1) is this */
    uint32_t prints_to; /* PHP: what is printed goes to these functions: ob_start() */
    uint32_t prints;    /* PHP: these arguments are printed */
    bool flagged;       /* the sink evaluates only if ARG(0) is a pattern with the flag "e" */
    bool shared;        /* one object for all who ask for it: Session */
    const char *type;   /* short type of the result */
    const char *order;  /* of fold's arguments: "t" the object, digits arguments: "t01" */
    fold_function *fold;
};

/* Other names of types: COM classes with version, CLSIDs, classes that behave alike. */
struct api_alias {
    const char *name, *type;
};

struct api_table {
    const struct api *rows;
    size_t count;
    const struct api_alias *aliases;
    size_t alias_count;
};

extern const struct api_table api_net;     /* .NET and ASP.NET */
extern const struct api_table api_binding; /* data binding, in C# and VB only */
extern const struct api_table api_script;  /* functions of VB, VBScript and JScript */
extern const struct api_table api_asp;     /* ASP's own objects, and COM classes */
extern const struct api_table api_java;
extern const struct api_table api_php;

/*
 * The tables, indexed by member for one language and kind of page at a time, when it is first
 * asked for: one library serves all pages of a worker. Thread rule: one owner.
 */
struct api_library;
struct api_library *api_library_new(void);
void api_library_free(struct api_library *library); /* NULL is fine */

struct api_index;
const struct api_index *api_library_index(struct api_library *library, enum page_kind kind,
                                          enum language language); /* the library owns it */

/*
 * The row of a member, or NULL: first one whose owner is `owner`, then one of any owner. An
 * absent `owner` is a type that is not known: then rows of any owner only; "" a name that
 * stands alone.
 */
const struct api *api_find(const struct api_index *index, struct slice owner,
                           struct slice member);

/* Is any row's owner this type? Tells library types from variables: `File`. */
bool api_is_type(const struct api_index *index, struct slice name);

/* The short name of a type: no namespace, no generics, no version, aliases resolved. */
struct slice api_type(const struct api_index *index, struct slice name);

#endif
