#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>

bool terminal_wants_colour(FILE *stream)
{
    const char *refused = getenv("NO_COLOR"), *kind = getenv("TERM");
    if (refused && refused[0])
        return false;
    return terminal_is(stream) && !(kind && strcmp(kind, "dumb") == 0);
}
