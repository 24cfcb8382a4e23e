#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/process.h"
#include "cli/verbs.h"

static const struct verb *const verbs[] = { &verb_hunt,   &verb_report, &verb_diff,
                                            &verb_page,   &verb_patch,  &verb_events,
                                            &verb_search, &verb_rules,  &verb_baseline };

#define VERB_COUNT (sizeof verbs / sizeof *verbs)

static void print_help(FILE *out)
{
    fprintf(out,
            "hauberk <verb> [options] ...\n\n"
            "Reads the evidence of an on-premises Microsoft Exchange server and answers:\n"
            "compromised or not, since when, through which hole, what could not be seen.\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(out,
            "\nhauberk <verb> --help tells more. Exit: 0 nothing found, 1 findings, 2 usage,\n"
            "3 a part of the evidence could not be read, 4 internal error.\n");
}

/* A verb that is mistyped, or forgotten in front of a path. */
static void suggest(const char *name)
{
    struct buf shown = BUF_INIT;
    escape_text(&shown, slice_from(name));
    if (file_kind(name, true, NULL) == FILE_MISSING)
        fprintf(stderr, "hauberk: unknown verb \"%s\"\n\n", shown.ptr);
    else
        fprintf(stderr, "hauberk: did you mean: hauberk hunt %s\n\n", shown.ptr);
    buf_deinit(&shown);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    interrupt_catch();
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(name, verbs[i]->name) == 0)
            return verbs[i]->run(verbs[i], argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0)
        return puts("hauberk " HAUBERK_VERSION) < 0;
    if (name[0] && name[0] != '-')
        suggest(name);
    bool asked = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    print_help(asked ? stdout : stderr);
    return asked ? EXIT_CLEAN : EXIT_USAGE;
}
