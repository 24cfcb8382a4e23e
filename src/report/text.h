/*
 * The case as a text report: verdict first, in words; then the story in the order of time, what
 * was read and what could not be seen, what to do next, and the lines that prove it.
 */
#ifndef HAUBERK_REPORT_TEXT_H
#define HAUBERK_REPORT_TEXT_H

#include <stdio.h>

#include "casefile/casefile.h"

struct text_options {
    bool colour;
    bool show_secrets;
};

int report_text(struct casefile *casefile, const struct text_options *options, FILE *out,
                struct err *err);

/* Only the exposure, of every host, with what its newest build is vulnerable to. */
int report_exposure_text(struct casefile *casefile, const struct text_options *options,
                         FILE *out, struct err *err);

/* Only the checklist of Emergency Directive 21-02, of every host. */
int report_checklist_text(struct casefile *casefile, const struct text_options *options,
                          FILE *out, struct err *err);

#endif
