/*
 * Follows data through a page's tree: from what the caller of the page controls to what it must
 * not reach. Constant text is folded on the way (concatenation, Base64, reversal ...), so that
 * names and arguments spelled in pieces are seen; text that is evaluated as code is parsed and
 * followed in turn.
 *
 * What each call means is said by tables, one for each family of languages (api_*.c).
 * Every variable holds the union of what was assigned to it in branches that may have run;
 * loops run twice. Functions are entered where they are called, and once for themselves. Steps
 * are counted; a page that needs more than its budget is told (`exhausted`).
 */
#ifndef HAUBERK_WEBSHELL_FLOW_H
#define HAUBERK_WEBSHELL_FLOW_H

#include "webshell/tree.h"

/* What the caller of the page controls (bits). */
enum flow_source {
    FROM_QUERY = 1 << 0,
    FROM_FORM = 1 << 1,
    FROM_COOKIE = 1 << 2,
    FROM_HEADER = 1 << 3,
    FROM_BODY = 1 << 4,
    FROM_FILE = 1 << 5,      /* an uploaded file: its content */
    FROM_FILE_NAME = 1 << 6, /* the name that the caller gives it */
    FROM_CONTROL = 1 << 7,   /* a text box of the page */
    FROM_REQUEST = 1 << 8,   /* any of these: Request("x"), $_REQUEST */
    FROM_PARAMETER = 1 << 9, /* of a web method */
    FROM_FETCHED = 1 << 10,  /* what came over the network from elsewhere */
    FROM_STORED = 1 << 11,   /* session, application, cache, database: may carry either */
    FROM_READ = 1 << 12,     /* read from a file of the server */
    FROM_UNSET = 1 << 13,    /* PHP: a variable that nothing sets (register_globals) */
    FROM_FOUND = 1 << 14,    /* looked up on the server: its drives, keys of its registry */
};
#define FROM_LAST FROM_FOUND
#define FROM_CALLER 0x3ffU /* the caller's own bytes */

enum sink {
    SINK_NONE,
    SINK_EVALUATE, /* text becomes code */
    SINK_COMMAND,  /* a process */
    SINK_LOAD,     /* bytes become code: Assembly.Load, defineClass */
    SINK_REFLECT,  /* type or method by name */
    SINK_DESERIALISE,
    SINK_WRITE, /* a file: `target` tells what of it is in hand */
    SINK_DELETE,
    SINK_READ,       /* a file is read */
    SINK_SQL,        /* text of a statement */
    SINK_SQL_SERVER, /* the connection string */
    SINK_CONNECT,    /* host or URL of a connection */
    SINK_MEMORY,     /* native code: VirtualAlloc, CreateThread, DllImport of them */
    SINK_REGISTRY,
    SINK_MAIL,    /* sent away by mail */
    SINK_INCLUDE, /* a page of the caller's choice is run */
    SINK_LIST,    /* a folder is listed */
};
#define SINK_LAST SINK_LIST

enum write_target { WRITE_PATH = 1, WRITE_CONTENT = 2 };

enum flow_note {
    FLOW_DECODED = 1 << 0,    /* passed Base64, hex or a text decoding */
    FLOW_DECRYPTED = 1 << 1,  /* passed a cipher, XOR or decompression */
    FLOW_CHECKED = 1 << 2,    /* an extension or a list of names was compared on the way */
    FLOW_NAME_ONLY = 1 << 3,  /* GetFileName: the folder is not the caller's */
    FLOW_NUMBER = 1 << 4,     /* became a number or a date: harmless */
    FLOW_CREDENTIAL = 1 << 5, /* named like a password, or from a password box */
    FLOW_LAYER = 1 << 6,      /* found inside text that was folded to code */
    FLOW_INDIRECT = 1 << 7,   /* the called name was computed: $f($x), GetMethod(name) */
    FLOW_PART = 1 << 8, /* not the caller's choice from its start on: something else stands
                           in front, or a function that is not known made it */
    FLOW_AUTHORISED = 1 << 9, /* behind a check of the caller's role: User.IsInRole */
    /* Passed one, two, three or more functions that neither page nor libraries have. */
    FLOW_STRANGE = 1 << 10,
    FLOW_STRANGER = 1 << 11,
    FLOW_STRANGEST = 1 << 12,
    FLOW_OWN = 1 << 13, /* PHP: cut out of the page's own name or comments */
};
#define FLOW_LAST FLOW_OWN

/* One step on the way: a line of the page and what stands there, cut to 80 bytes. */
struct flow_step {
    uint32_t line, count; /* of steps up to this one */
    struct slice text;
    struct flow_step *previous; /* towards the source */
};

/* Data reached a sink, or a sink is there with a constant (sources == 0). */
struct flow_fact {
    enum sink sink;
    uint32_t sources, notes; /* flow_source, flow_note */
    unsigned target;         /* SINK_WRITE: write_target bits that the sources reach */
    uint32_t line;
    struct slice call;     /* the name of what is called: "Process.Start" */
    struct slice constant; /* an argument that folded to text, cut to 200 bytes; or absent */
    struct flow_step *steps;
    struct flow_fact *next;
};

struct flow {
    struct flow_fact *facts; /* in the order of the page; at most FLOW_FACTS_MAX */
    size_t fact_count;
    uint64_t steps;  /* nodes that were walked */
    bool exhausted;  /* the budget of steps or memory was reached: told to the user */
    bool shortened;  /* not every function is followed from where it is called: the same */
    unsigned layers; /* texts that folded to code and were followed */
    unsigned folded; /* constants that needed more than concatenation */
};

#define FLOW_STEPS_MAX 4000000U
#define FLOW_FACTS_MAX 256
#define FLOW_WAY_MAX 24 /* steps of one way */
#define FLOW_LAYERS_MAX 16
#define FLOW_TEXT_MAX (1U << 20) /* bytes of a folded text */

struct api_library; /* api.h: what calls mean; one serves all pages of a worker */

/* `parts` for controls, directives (imports) and the kind of page. */
void flow_follow(struct arena *arena, struct api_library *library, const struct parts *parts,
                 const struct tree *tree, struct flow *out);

#endif
