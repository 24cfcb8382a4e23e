/*
 * What ASP.NET writes when it has compiled a page: `<page>.<hash>.compiled` below "Temporary
 * ASP.NET Files". The page ran, or was about to, even if it was deleted since; the file's time
 * is that of the first request after the page, or the application, last changed.
 *
 *     <?xml version="1.0" encoding="utf-8"?>
 *     <preserve resultType="3" virtualPath="/owa/auth/x.aspx" hash="..." filehash="..."
 *               flags="110000" assembly="App_Web_abcdefgh" type="ASP.auth_x_aspx">
 *         <filedeps>
 *             <filedep name="/owa/auth/x.aspx" />
 *         </filedeps>
 *     </preserve>
 *
 * Read with expat; a file with a DTD is not one of ASP.NET's. Thread rule: pure functions.
 */
#ifndef HAUBERK_WEBSHELL_COMPILED_H
#define HAUBERK_WEBSHELL_COMPILED_H

#include "base/memory.h"

#define COMPILED_BYTES_MAX (1U << 20) /* real ones have one or two kilobytes */
#define COMPILED_DEPENDENCIES_MAX 256

struct compiled {
    struct slice virtual_path; /* the page's address, never absent */
    struct slice assembly;     /* in which its code is; absent for a type named in full */
    struct slice type;         /* "ASP.auth_x_aspx" */
    struct slice file_hash;    /* of the dependencies' times, not of their content */
    uint32_t result_type;      /* 3: a page or control */
    bool damaged;              /* not well-formed to its end; what came before was read */
    size_t dependency_count;
    struct slice dependencies[COMPILED_DEPENDENCIES_MAX]; /* addresses or paths of files */
};

/* False when this is none. Slices lie in the arena. */
bool compiled_read(struct arena *arena, struct slice bytes, struct compiled *out);

#endif
