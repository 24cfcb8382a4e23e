/* --allow FILE: reads an allow list and tells what is odd about it. Thread rule: one owner. */
#ifndef HAUBERK_CLI_ALLOW_H
#define HAUBERK_CLI_ALLOW_H

#include "casefile/allow.h"

/* Warnings go to stderr. <0 with *err: the list is refused, with file and line. */
int allow_load(const char *path, struct allow_list *out, struct err *err);

#endif
