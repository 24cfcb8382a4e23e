/*
 * The case as one HTML file that needs nothing else: no network, no other file, a strict
 * Content-Security-Policy; readable without its script, on paper and on a phone. At most about
 * 3 MB: beyond that it samples findings and says so (docs/html-report.md).
 */
#ifndef HAUBERK_REPORT_HTML_H
#define HAUBERK_REPORT_HTML_H

#include <stdio.h>

#include "casefile/casefile.h"

int report_html(struct casefile *casefile, bool show_secrets, FILE *out, struct err *err);

#endif
