/*
 * One error type with context.
 *
 * Convention of every function that can fail: it returns 0 when done, <0 when it failed and
 * filled *err, >0 for an outcome that the function documents. The origin fills the message;
 * each caller may put one phrase in front of it ("Security.yml: line 12: ..."); nobody
 * reformats it. Damage in evidence is not an error: it is recorded and the run goes on.
 *
 * Thread rule: a struct err belongs to its caller.
 */
#ifndef HAUBERK_BASE_ERR_H
#define HAUBERK_BASE_ERR_H

enum err_code {
    ERR_NONE = 0,
    ERR_USAGE,       /* the command line */
    ERR_ENVIRONMENT, /* a file, a folder, the operating system */
    ERR_EVIDENCE,    /* evidence that cannot be read as what it claims to be */
    ERR_RULE,        /* a rule that is not understood */
    ERR_RESOURCE,    /* memory, a limit */
    ERR_BUG,         /* our fault */
};

struct err {
    enum err_code code;
    char msg[512];
    const char *file; /* source file that filled it */
    int line;
};

#define ERR_INIT                                                                               \
    {                                                                                          \
        ERR_NONE, "", NULL, 0                                                                  \
    }

/* Fills *err (NULL is allowed) and returns -1, so that `return err_set(...)` reads well. */
#define err_set(err, code, ...) err_fill((err), (code), __FILE__, __LINE__, __VA_ARGS__)

int err_fill(struct err *err, enum err_code code, const char *file, int line,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts "<context>: " in front of the message; keeps code and place. Returns -1. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
