/*
 * Does a file belong where it lies? The disk's side of exchange/page.h.
 *
 * In Exchange's web folders the set of server pages is closed: over 131 builds the whole of
 * FrontEnd\HttpProxy holds ten .aspx files. A page of another name is FOREIGN, one of a known
 * name with another content is TAMPERED, if the build is one of the 131. Of later builds we
 * know neither pages nor contents: there another content says nothing (OTHER_BUILD), and a
 * foreign page may be one that Microsoft added since; `later_builds` says that this is open,
 * and whoever prints the finding must say it too. A baseline of one's own settles it
 * (webshell/baseline.h).
 *
 * web.config files are not judged: the installer writes them on the server, and IIS creates
 * them where an administrator changes a setting. Exchange 2010 (V14) is not judged: we have no
 * list of its files. The site's root is judged as if the host ran Exchange; whoever cannot know
 * that asks `place` first. Thread rule: pure functions; memory of the caller's arena.
 */
#ifndef HAUBERK_EXCHANGE_PLACE_H
#define HAUBERK_EXCHANGE_PLACE_H

#include "exchange/known_good.h"

enum place {
    PLACE_OTHER,
    PLACE_FRONT_END,     /* FrontEnd\..., what the Internet sees */
    PLACE_BACK_END,      /* ClientAccess\... */
    PLACE_SITE_ROOT,     /* inetpub\wwwroot */
    PLACE_ASPNET_CLIENT, /* aspnet_client, wherever it is: scripts for browsers only */
};

enum standing {
    STANDING_UNJUDGED,    /* no page or assembly, or no place of Exchange */
    STANDING_KNOWN,       /* Microsoft's file at its place */
    STANDING_OTHER_BUILD, /* Microsoft's name, other content, and a build that we do not know */
    STANDING_TAMPERED,    /* Microsoft's name, other content, in a build that we know */
    STANDING_FOREIGN,     /* no build has a file of this name here */
    STANDING_BASELINE, /* in the user's own list (webshell/baseline.h); place_judge() asks none
                        */
    STANDING_LAST = STANDING_BASELINE,
};

struct place_report {
    enum place place;
    enum standing standing;
    bool later_builds;  /* OTHER_BUILD, FOREIGN: the host's build is unknown or not in the table
                         */
    bool hash_is_known; /* `known` is filled in: for FOREIGN, a copy of Microsoft's file */
    struct slice path;  /* as known_good.h has it, or of the site ("/aspnet_client/x.aspx") */
    struct slice folder; /* `path` without the name: "frontend/httpproxy/owa/auth" */
    struct slice url;    /* under which a browser asks for it; absent where none does */
    struct known_good_file known;
};

/*
 * `path` is the file's in the evidence: either slash, any case, whatever lies in front of
 * Exchange's folder ("C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/..."), or only a
 * copy of FrontEnd, HttpProxy, ClientAccess, wwwroot or aspnet_client.
 * `sha256` may be NULL: then no file is KNOWN or TAMPERED, and every known name OTHER_BUILD.
 * `build` is the host's, or NULL.
 */
void place_judge(struct arena *arena, struct slice path, const uint8_t *sha256,
                 const struct build *build, struct place_report *out);

/*
 * The path below Exchange's folder as known_good.h has it ("frontend/httpproxy/..."), or
 * absent. Microsoft's few files in folders named after the build are there under "version".
 */
struct slice exchange_installed_path(struct arena *arena, struct slice path);

/* The URL path under which a file answers, lower case, or absent. For joins with logs. */
struct slice exchange_url_of_file(struct arena *arena, struct slice path);

#endif
