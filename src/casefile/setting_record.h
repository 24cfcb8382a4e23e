/*
 * A fact of a configuration as workers tell it, over the wire. Thread rule: plain data; text
 * borrows from the report or from the message.
 */
#ifndef HAUBERK_CASEFILE_SETTING_RECORD_H
#define HAUBERK_CASEFILE_SETTING_RECORD_H

#include "base/buf.h"
#include "exchange/setting.h"

struct setting_record {
    struct setting setting; /* `next` means nothing */
    enum notice notice;
};

/* A record that was read keeps to all limits, or the wire has failed. */
void setting_record_put(struct buf *out, const struct setting_record *record);
void setting_record_get(struct wire *wire, struct setting_record *out);

#endif
