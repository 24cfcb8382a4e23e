/*
 * The state of one walk through a page's tree, shared by the files of flow:
 *
 *   flow.c          statements, functions for themselves, rounds
 *   flow_scope.c    variables, functions and classes by name, controls
 *   flow_values.c   expressions
 *   flow_assign.c   what assignments do
 *   flow_call.c     what is called: functions of the page, methods, delegates
 *   flow_apply.c    what a row of the tables does
 *   flow_facts.c    facts, steps, checks
 *   flow_layer.c    text that becomes code
 */
#ifndef HAUBERK_WEBSHELL_FLOW_INTERNAL_H
#define HAUBERK_WEBSHELL_FLOW_INTERNAL_H

#include "webshell/fold.h"

/* Walkers recurse over nodes and enter functions: one bound for both, for the stack. */
#define FOLLOW_DEPTH_MAX 1600
#define FOLLOW_CALLS_MAX 12           /* functions inside functions */
#define FOLLOW_ARGS_MAX 24            /* further arguments are joined into the last */
#define FOLLOW_ARGS_FEW 3             /* so many lie on the stack, not in the arena */
#define FOLLOW_MEMORY_MAX (48U << 20) /* bytes of the arena for one page */
#define PAGE_ARENA_MAX (176U << 20)   /* all of it: text, trees, and what was followed */
#define FOLLOW_ORIGINS_MAX 64
#define FOLLOW_MEMOS_MAX 8
#define BRANCHES_MAX 64           /* branches within branches that are told apart */
#define FOLLOW_ROUGH_MEMOS_MAX 40 /* of a page that is entangled */

struct variable {
    struct slice name;
    struct value value;
    unsigned branch; /* follow.branch where it came to be: deeper assignments are a maybe */
    const struct node *within; /* the innermost of these branches: so are those in others */
    bool assigned;             /* since the scope began: for arguments by reference */
    bool of_page;              /* not of a function */
    struct variable *next;
};

struct call;

struct scope {
    struct variable **buckets;
    size_t bucket_count, count;
    struct spare_buckets *spare; /* of a function: what `buckets` were at first */
    struct scope *parent;        /* whose variables are seen, too */
    struct scope *caller;
    const struct node *function; /* NULL: the page */
    const struct call *call;     /* that entered it; NULL: the page */
    struct value result;         /* what was returned so far */
    bool returned;
    struct object *self;
};

/* A long list of constants: made once, however often the page comes by. */
struct constant_list {
    const struct node *node;
    struct list *list;
};
#define CONSTANT_LISTS 16 /* that are kept */
#define CONSTANT_LIST_MIN 16

/* Results of a function for arguments that it has met. */
struct memo {
    uint64_t key;
    struct value result;
    struct memo *next;
};

struct function {
    const struct node *node;
    uint64_t hash;            /* of its name */
    const struct node *class; /* NULL: of the page */
    bool web_method, listed;
    unsigned memo_count;
    struct memo *memos;
    struct function *next;    /* in the order of the page */
    struct function *sibling; /* in the bucket of its name */
};

#define FUNCTION_BUCKETS 1024
#define DESTRUCTED_MAX 32

struct follow {
    struct arena *arena;
    size_t arena_start;
    struct api_library *library;
    const struct parts *parts;
    struct flow *out;
    const struct api_index *index; /* of the language that is walked */
    struct fold fold;
    enum language language; /* of the code that is walked now: layers may differ */
    bool fold_case;         /* names without regard to case */

    struct scope page, *scope;
    struct function *functions, **functions_end;
    struct function *by_name[FUNCTION_BUCKETS];
    struct function *classes[FUNCTION_BUCKETS]; /* node is the CLASS */
    struct value with;                          /* object of the innermost With */
    struct variable *spare_variables;           /* of functions that have ended */
    struct spare_buckets *spare_buckets;

    struct constant_list lists[CONSTANT_LISTS];
    struct object *destructs[DESTRUCTED_MAX]; /* PHP: their end is followed, too */
    size_t destructed;
    struct value printer; /* PHP: what is printed goes to it */

    unsigned depth, calls;
    unsigned branch; /* in how many IFs, loops and functions for themselves */
    const struct node *branches[BRANCHES_MAX]; /* these, the outermost first */
    unsigned loop, round;
    unsigned layer;
    bool closure;      /* the function that is entered sees the variables around it */
    bool web_method;   /* the function that is entered: its arguments are the caller's */
    bool page_changed; /* caller's data came into a variable of the page */
    uint32_t namers;   /* PHP: sources that name variables: extract($_GET) */
    uint32_t checked;  /* sources that were compared with extensions */
    struct slice checked_origins[FOLLOW_ORIGINS_MAX]; /* where the compared data began */
    unsigned checked_count;
    bool authorised; /* a role was asked for */
    unsigned constant_facts;
    struct flow_fact **facts_end;
};

/* flow.c: walks any node; statements give nothing. */
struct value follow_node(struct follow *follow, const struct node *node);
void follow_children(struct follow *follow, const struct node *node);
void follow_use_language(struct follow *follow, enum language language);
bool follow_spend(struct follow *follow); /* one step; false when the budget is used up */
/* Until the branch is left, what is assigned is a maybe outside `node`. */
void follow_enter_branch(struct follow *follow, const struct node *node);
void follow_leave_branch(struct follow *follow);

/* flow_scope.c */
void scope_init(struct follow *follow, struct scope *scope, struct scope *parent);
void scope_release(struct follow *follow, struct scope *scope); /* of a function, at its end */
struct variable *scope_find(const struct follow *follow, const struct scope *scope,
                            struct slice name);
struct variable *follow_variable(const struct follow *follow, struct slice name); /* or NULL */
struct slice follow_global_name(struct follow *follow, const struct value *object,
                                const struct value *index);
/* PHP: the variable that $GLOBALS[index] is, as far as `object` is $GLOBALS; or NULL. */
const struct variable *follow_global(struct follow *follow, const struct value *object,
                                     const struct value *index);
struct variable *scope_declare(struct follow *follow, struct scope *scope, struct slice name);
void variable_assign(struct follow *follow, struct variable *variable,
                     const struct value *value);
void follow_collect(struct follow *follow, const struct node *block); /* functions, classes */
struct function *follow_function(const struct follow *follow, struct slice name,
                                 const struct node *class, size_t args);
/* One that is called by its name alone: in VBScript methods of other classes are not seen. */
struct function *follow_bare_function(const struct follow *follow, struct slice name,
                                      size_t args);
const struct node *follow_class(const struct follow *follow, struct slice name);
void follow_declare_controls(struct follow *follow);
struct value follow_shared(struct follow *follow, struct slice type);
bool follow_is_self(const struct follow *follow, struct slice name); /* this, Me, base ... */
bool type_is_number(struct slice type);

/* flow_values.c */
struct value follow_name(struct follow *follow, const struct node *node);
struct value follow_member(struct follow *follow, const struct node *node);
struct value follow_index(struct follow *follow, const struct node *node);
struct value follow_new(struct follow *follow, const struct node *node);
struct value follow_unary(struct follow *follow, const struct node *node);
struct value follow_binary(struct follow *follow, const struct node *node);
struct value follow_choice(struct follow *follow, const struct node *node);
struct value follow_list(struct follow *follow, const struct node *node);
struct value follow_cast(struct follow *follow, const struct node *node);
struct value value_operate(struct follow *follow, struct slice operator, const struct value * a,
                           const struct value *b);
/* What stands at an index of an object: a field, or what the table says of its type. */
struct value follow_element(struct follow *follow, const struct value *object,
                            const struct value *index, const struct node *node);
/* A function that stands where a value is meant is called: VB, properties. */
struct value follow_used(struct follow *follow, const struct value *value,
                         const struct node *node);
struct slice value_type(const struct value *value);

/* flow_assign.c */
struct value follow_assign(struct follow *follow, const struct node *node);
struct value follow_declare(struct follow *follow, const struct node *node);
void follow_set(struct follow *follow, const struct node *target, const struct value *value);
/* Properties: `obj.x = value` may be a function. */
bool follow_setter(struct follow *follow, struct slice name, const struct value *value,
                   const struct node *node, struct object *self);
/* What the written type says of a value: numbers are nobody's text. */
void follow_typed(struct follow *follow, struct slice written, struct value *value);
/* The object that an expression stands for; made and kept where there was none. NULL: none. */
struct object *follow_object(struct follow *follow, const struct node *node);

/* flow_call.c */
struct call {
    const struct node *node;  /* for line and text */
    const struct value *self; /* NULL: a function */
    const struct node *self_node;
    const struct value *args;
    const struct node *arg_nodes; /* list, or NULL */
    size_t count;
    uint32_t notes; /* of facts: FLOW_INDIRECT */
};
struct value follow_call(struct follow *follow, const struct node *node);
/* flow_values.c: enters the constructor of a class of the page. */
void follow_construct(struct follow *follow, const struct node *class, const struct call *call,
                      struct object *object);
/* The object whose method is called, if it is kept in a variable or was made just now. */
struct object *follow_kept_object(struct follow *follow, const struct call *call);
/* flow_apply.c */
struct value follow_apply(struct follow *follow, const struct api *row,
                          const struct call *call);
/* The arguments from number `from` on; lists among them stand for their items. */
void follow_pass(struct follow *follow, const struct call *call, size_t from,
                 struct call *passed);
struct value follow_invoke(struct follow *follow, const struct value *function,
                           const struct call *call);
struct value follow_enter(struct follow *follow, const struct node *function,
                          const struct call *call, struct object *self);
void follow_enter_itself(struct follow *follow, const struct function *function);
/*
 * The values of a list of nodes, up to an initialiser: in `few`, which has FOLLOW_ARGS_FEW, or
 * in the arena if there are more. Nothing keeps arguments longer than their call.
 */
struct value *follow_args(struct follow *follow, const struct node *first, struct value *few,
                          size_t *count);

/* flow_facts.c */
struct slice node_text(struct arena *arena, const struct node *node);
void follow_step(struct follow *follow, struct value *value, uint32_t line, struct slice text);
struct fact {
    enum sink sink;
    const struct value *address, *content; /* NULL: none */
    const struct call *call;
    uint32_t notes;
};
bool ends_as_page(struct slice path);    /* named as a page that a server runs */
bool ends_as_program(struct slice path); /* named as what a command line runs */
void follow_fact(struct follow *follow, const struct fact *fact);
void follow_check(struct follow *follow, const struct value *a, const struct value *b);
void follow_check_call(struct follow *follow, struct slice name, const struct call *call);

/* flow_secret.c */
bool follow_names_password(struct slice text);
bool follow_hashes(struct slice name); /* of a function or a method */
/* `value` was taken by this key out of what the caller sent. */
void follow_mark_password(struct follow *follow, const struct value *key, struct value *value);

/* flow_php.c */
bool follow_php_special(struct follow *follow, struct slice name, const struct call *call,
                        struct value *out);
/* __call and __callStatic, for a method that the object's class has not. */
bool follow_php_magic_call(struct follow *follow, struct slice name, const struct call *call,
                           struct value *out);
/* __get or offsetGet (`method`), for a member or element that is not known. */
bool follow_php_magic_get(struct follow *follow, const char *method, const struct value *object,
                          const struct value *name, const struct node *node, struct value *out);
/* __toString: what the object is in a text. */
struct value follow_php_text(struct follow *follow, const struct value *value,
                             const struct node *node);
/* __destruct: objects are kept as they are made, and end with the page. */
void follow_php_keep(struct follow *follow, const struct value *made);
void follow_php_destruct(struct follow *follow);

/* flow_layer.c */
/* Walks constant text as code and returns what it comes to: eval has a value. */
struct value follow_layer(struct follow *follow, const struct value *code, uint32_t line);
void follow_written(struct follow *follow, const struct value *content, uint32_t line);

#endif
