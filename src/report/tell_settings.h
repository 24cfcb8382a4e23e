/*
 * What configurations say, as sentences without a format; text and HTML reports print them.
 * Everything lives in the report's arena. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_TELL_SETTINGS_H
#define HAUBERK_REPORT_TELL_SETTINGS_H

#include "casefile/settings.h"
#include "report/telling.h"

/* What was read and what it says as a whole. */
void tell_settings(struct report *r, const struct settings *settings, struct sentences *out);
struct slice tell_mitigation(struct report *r, const struct mitigation *mitigation);
struct slice tell_setting_finding(struct report *r, const struct setting_finding *finding);

#endif
