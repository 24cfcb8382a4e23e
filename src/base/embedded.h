/* Files of packs/ that the build compiles into the program (tools/embed.py). Read-only. */
#ifndef HAUBERK_BASE_EMBEDDED_H
#define HAUBERK_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name; /* path below packs/, with '/' */
    const unsigned char *data;
    size_t size; /* bytes */
};

extern const struct embedded_file embedded_files[];
extern const size_t embedded_file_count;

/* The file of that name, or NULL. */
const struct embedded_file *embedded_find(const char *name);

#endif
