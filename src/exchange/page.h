/*
 * Which server page does a request run, and is it one of Microsoft's?
 *
 * On an Exchange server the set of server pages is closed: whatever else answers under its own
 * folders was put there by somebody (docs: packs/exchange/pages.txt, from Microsoft's file
 * baselines of 131 builds; page.c lists the addresses that are answered without a file).
 *
 * Only Exchange's own folders and the site's root are judged: other applications on the same
 * IIS are none of our business. Thread rule: pure functions over constant data.
 */
#ifndef HAUBERK_EXCHANGE_PAGE_H
#define HAUBERK_EXCHANGE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum page_class {
    PAGE_NONE,    /* no server page, or none that we can judge */
    PAGE_KNOWN,   /* shipped by Microsoft, or answered by one of Exchange's handlers */
    PAGE_FOREIGN, /* in a folder of Exchange, but not Microsoft's */
};

/* Enough for any path that Windows opens; HTTP.sys refuses longer ones by default. */
#define PAGE_SCRATCH_SIZE 4096

/*
 * Classifies the path of a request as a log writes it: maybe percent-encoded (decoded once),
 * with a query (cut), an "http://host" in front, repeated or back slashes, dot segments, upper
 * case,
 * `;` parameters, trailing dots and blanks, or an NTFS stream name.
 *
 * The page is the path up to and including the first component with an extension that IIS hands
 * to a script engine: what follows is path information for that page. *page_out becomes the
 * page in normal form (lower case, single slashes); it lies in `scratch` and lives as long. It
 * is absent for PAGE_NONE. Any bytes are fine; a path that does not fit is judged by what fits.
 */
enum page_class exchange_page_classify(struct slice url_path, struct slice *page_out,
                                       char *scratch, size_t scratch_size);

/*
 * The normal form of an absolute path, as page.c compares them: percent-decoded once, '\' as
 * '/', lower case, dot segments folded, repeated slashes and what Windows drops from names
 * taken away. Written to `text`, cut at `size`.
 */
struct slice exchange_path_normalise(struct slice path, char *text, size_t size);

/* The next character in that form; *pos moves behind it and must be inside the path. */
char exchange_next_char(struct slice path, size_t *pos);

/* Does the name end in an extension that IIS hands to a script engine ("x.aspx")? */
bool exchange_page_is_script(struct slice name);

#endif
