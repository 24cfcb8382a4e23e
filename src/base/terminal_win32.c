#include "base/terminal.h"

#include <io.h>

bool terminal_is(FILE *stream)
{
    return _isatty(_fileno(stream)) != 0;
}
