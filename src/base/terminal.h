/* Is somebody looking? Decides colour and progress bars. Thread rule: pure questions. */
#ifndef HAUBERK_BASE_TERMINAL_H
#define HAUBERK_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *stream);

/* Colour is welcome: a terminal, and neither NO_COLOR nor TERM=dumb says otherwise. */
bool terminal_wants_colour(FILE *stream);

#endif
