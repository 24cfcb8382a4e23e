#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

#define LONG_ONLY 256 /* values of options without a letter start here */

static void build(const struct verb *verb, char *letters, struct option *longs)
{
    size_t n = 0;
    letters[n++] = ':'; /* missing arguments are told apart from unknown options */
    letters[n++] = 'h';
    for (size_t i = 0; i < verb->option_count; i++) {
        const struct option_row *row = &verb->options[i];
        longs[i] = (struct option){ row->name, row->argument ? required_argument : no_argument,
                                    NULL, row->letter ? row->letter : (int)(LONG_ONLY + i) };
        if (!row->letter)
            continue;
        letters[n++] = row->letter;
        if (row->argument)
            letters[n++] = ':';
    }
    longs[verb->option_count] = (struct option){ "help", no_argument, NULL, 'h' };
    longs[verb->option_count + 1] = (struct option){ NULL, 0, NULL, 0 };
    letters[n] = '\0';
}

static const struct option_row *row_for(const struct verb *verb, int value)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (value == (verb->options[i].letter ? verb->options[i].letter : (int)(LONG_ONLY + i)))
            return &verb->options[i];
    return NULL;
}

int options_parse(const struct verb *verb, int argc, char **argv, void *settings,
                  int *first_out, struct err *err)
{
    char letters[2 * OPTIONS_MAX + 3];
    struct option longs[OPTIONS_MAX + 2];
    int value;
    build(verb, letters, longs);
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const char *shown = argv[optind - 1];
        if (value == 'h') {
            options_help(verb);
            return 1;
        }
        if (value == ':')
            return err_set(err, ERR_USAGE, "%s needs a value", shown);
        const struct option_row *row = row_for(verb, value);
        if (!row && value == '?' && optopt && strncmp(shown, "--", 2) != 0)
            return err_set(err, ERR_USAGE, "unknown option -%c (see hauberk %s --help)", optopt,
                           verb->name);
        if (!row)
            return err_set(err, ERR_USAGE, "unknown option %s (see hauberk %s --help)", shown,
                           verb->name);
        if (row->apply(settings, optarg, err) < 0)
            return err_wrap(err, "--%s", row->name);
    }
    *first_out = optind;
    return 0;
}

void options_help(const struct verb *verb)
{
    printf("hauberk %s [options] %s\n\n%s\n\n", verb->name, verb->arguments, verb->summary);
    for (size_t i = 0; i < verb->option_count; i++) {
        const struct option_row *row = &verb->options[i];
        char head[64];
        snprintf(head, sizeof head, "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
                 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
                 row->argument ? " " : "", row->argument ? row->argument : "");
        printf("  %-26s %s\n", head, row->help);
    }
    printf("  %-26s %s\n", "-h, --help", "this text");
    printf("\nExample:\n%s", verb->example);
}

int report_failure(const struct err *err)
{
    struct buf message = BUF_INIT;
    escape_text(&message, slice_from(err->msg)); /* it may repeat a file's name */
    fprintf(stderr, "hauberk: %s\n", message.ptr);
    buf_deinit(&message);
    switch (err->code) {
    case ERR_USAGE:
    case ERR_RULE:
        return EXIT_USAGE;
    case ERR_EVIDENCE:
        return EXIT_UNREAD;
    default:
        return EXIT_INTERNAL;
    }
}
