/* Rows of the W3C extended log format as IIS and HTTP.sys write it; see docs/formats/iis.md. */
#ifndef HAUBERK_EVENTS_W3C_H
#define HAUBERK_EVENTS_W3C_H

#include "base/slice.h"

/*
 * Splits at spaces into at most `max` cells; returns the number of cells in the row, which may
 * be larger than max. Cells borrow from the row.
 */
size_t w3c_split(struct slice row, struct slice *cells, size_t max);

#endif
