#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_fill(struct err *err, enum err_code code, const char *file, int line,
             const char *format, ...)
{
    if (!err)
        return -1;
    err->code = code;
    err->file = file;
    err->line = line;
    va_list args;
    va_start(args, format);
    vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
    if (!err)
        return -1;
    char context[sizeof err->msg];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);

    char inner[sizeof err->msg];
    memcpy(inner, err->msg, sizeof inner);
    int n = snprintf(err->msg, sizeof err->msg, "%s: %s", context, inner);
    (void)n; /* a cut message is still a message */
    return -1;
}
