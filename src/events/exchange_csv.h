/*
 * Rows of Exchange's CSV logs (RFC 4180 with its habits: docs/formats/exchange-csv.md) and of
 * the EventData cell of ECP rows (docs/formats/ecp.md).
 */
#ifndef HAUBERK_EVENTS_EXCHANGE_CSV_H
#define HAUBERK_EVENTS_EXCHANGE_CSV_H

#include "base/memory.h"
#include "events/event.h"

/*
 * Splits at commas outside quotes into at most `max` cells; returns the number of cells in the
 * row, which may be larger than max. A cell in quotes loses them, and its doubled quotes become
 * single ones in a copy in `scratch`. An open quote reaches to the end of the row.
 */
size_t csv_split(struct slice row, struct slice *cells, size_t max, struct arena *scratch);

/* The first three cells, and the rest of the line as fourth. Returns the number of cells. */
size_t ecp_split(struct slice row, struct slice cells[4], struct arena *scratch);

/*
 * Typed pairs of an EventData cell: a pair starts at the cell's start or after ';', with an
 * optional "'", then a type (S I32 Dbl F Dt), ':', KEY, '='. A quoted pair ends at the closing
 * "'" ("''" is one quote), an unquoted one at the ';' before the next typed key or at the end.
 * Returns how many were stored, at most `max`.
 */
size_t ecp_pairs(struct slice data, struct event_pair *pairs, size_t max,
                 struct arena *scratch);

#endif
