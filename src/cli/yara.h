/* --yara PATH: files and folders of YARA rules, for the verbs that take them. */
#ifndef HAUBERK_CLI_YARA_H
#define HAUBERK_CLI_YARA_H

#include "webshell/yara.h"

#define YARA_PATHS_MAX 256

struct yara_paths {
    size_t count;
    const char *paths[YARA_PATHS_MAX];
};

int yara_paths_add(struct yara_paths *paths, const char *path, struct err *err);

/*
 * Compiles what the paths hold: named files whatever they are called, in folders those named
 * .yar, .yara or .rule. What does not compile is told on stderr and left out. *out is NULL when
 * no path was given. <0 with *err when a path does not exist or nothing compiles.
 */
int yara_paths_load(const struct yara_paths *paths, struct yara_set **out, struct err *err);

#endif
