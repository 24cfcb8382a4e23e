/*
 * The closed table of log families: what each is called, how it is recognised, which Sigma log
 * source it answers, and which of its columns play a known role.
 *
 * Adding a family is one row in family.c. Formats are described in docs/formats/. Sources of
 * names and columns: Microsoft's documentation and real files (see there). Thread rule:
 * constant data.
 */
#ifndef HAUBERK_EVENTS_FAMILY_H
#define HAUBERK_EVENTS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum family_id {
    FAMILY_NONE,
    FAMILY_IIS,
    FAMILY_HTTPERR,
    FAMILY_HTTPPROXY,
    FAMILY_ECP,
    FAMILY_ECP_ACTIVITY,
    FAMILY_OABGENERATOR,
    FAMILY_CMDLET,
    FAMILY_RPS_HTTP,
    FAMILY_EWS,
    FAMILY_MAPIHTTP,
    FAMILY_AUTODISCOVER,
    FAMILY_MESSAGETRACKING,
    FAMILY_SMTP,
    FAMILY_AGENT,
    FAMILY_AUDIT,
    FAMILY_HTTPREQUESTFILTERING,
    /* Windows event logs, by Sigma service: winlog.c */
    FAMILY_WIN_APPLICATION,
    FAMILY_WIN_SECURITY,
    FAMILY_WIN_SYSTEM,
    FAMILY_WIN_NTLM,
    FAMILY_WIN_SYSMON,
    FAMILY_WIN_POWERSHELL,
    FAMILY_WIN_POWERSHELL_CLASSIC,
    FAMILY_WIN_TASKSCHEDULER,
    FAMILY_WIN_WMI,
    FAMILY_WIN_DHCP,
    FAMILY_WIN_PRINTSERVICE_ADMIN,
    FAMILY_WIN_SMBCLIENT_SECURITY,
    FAMILY_WIN_SMBCLIENT_CONNECTIVITY,
    FAMILY_WIN_SMBSERVER_CONNECTIVITY,
    FAMILY_WIN_PRINTSERVICE_OPERATIONAL,
    FAMILY_WIN_TERMINALSERVICES_LOCALSESSIONMANAGER,
    FAMILY_WIN_CODEINTEGRITY_OPERATIONAL,
    FAMILY_WIN_APPLOCKER,
    FAMILY_WIN_MSEXCHANGE_MANAGEMENT,
    FAMILY_WIN_WINDEFEND,
    FAMILY_WIN_FIREWALL_AS,
    FAMILY_WIN_BITS_CLIENT,
    FAMILY_WIN_SECURITY_MITIGATIONS,
    FAMILY_WIN_DIAGNOSIS_SCRIPTED,
    FAMILY_WIN_SHELL_CORE,
    FAMILY_WIN_OPENSSH,
    FAMILY_WIN_LDAP,
    FAMILY_WIN_BITLOCKER,
    FAMILY_WIN_VHDMP,
    FAMILY_WIN_APPXDEPLOYMENT_SERVER,
    FAMILY_WIN_LSA_SERVER,
    FAMILY_WIN_APPXPACKAGING_OM,
    FAMILY_WIN_DNS_CLIENT,
    FAMILY_WIN_APPMODEL_RUNTIME,
    FAMILY_WIN_CAPI2,
    FAMILY_WIN_CERTIFICATESERVICESCLIENT_LIFECYCLE_SYSTEM,
    FAMILY_WIN_KERNEL_SHIMENGINE,
    FAMILY_WIN_APPLICATION_EXPERIENCE,
    FAMILY_WIN_NTFS,
    FAMILY_WIN_HYPER_V_WORKER,
    FAMILY_WIN_KERNEL_EVENT_TRACING,
    FAMILY_WIN_SENSE,
    FAMILY_WIN_SERVICEBUS_CLIENT,
    FAMILY_WIN_IIS_CONFIGURATION,
    FAMILY_WIN_DNS_SERVER,
    FAMILY_WIN_DNS_SERVER_AUDIT,
    FAMILY_WIN_DNS_SERVER_ANALYTIC,
    FAMILY_WIN_DRIVER_FRAMEWORK,
    FAMILY_EVENTLOG, /* a channel that has no service */
    FAMILY_COUNT
};

enum log_format {
    FORMAT_W3C,  /* space separated, '+' for space, '-' for nothing */
    FORMAT_CSV,  /* RFC 4180 with Exchange's habits */
    FORMAT_ECP,  /* three CSV cells, then typed pairs to the end of the line */
    FORMAT_EVTX, /* records with typed values: event_log.h */
};

/* What a column means, whatever its family calls it. */
enum role {
    ROLE_TIME,   /* ISO time, or W3C time of day */
    ROLE_DATE,   /* W3C date */
    ROLE_HOST,   /* the server the row speaks of */
    ROLE_SOURCE, /* client address */
    ROLE_METHOD,
    ROLE_URL_PATH,
    ROLE_URL_QUERY,
    ROLE_STATUS,
    ROLE_USER,
    ROLE_AGENT,
    ROLE_REQUEST_ID,
    ROLE_REFERER,
    ROLE_COOKIE,
    ROLE_URL_HOST,
    ROLE_SERVER_IP,
    ROLE_SERVER_PORT,
    ROLE_FORWARDED, /* X-Forwarded-For */
    ROLE_COUNT
};

struct family {
    enum family_id id;
    const char *name;     /* stable: Sigma service, hauberk.source */
    const char *title;    /* for people */
    const char *log_type; /* value of "#Log-type:", NULL for W3C */
    enum log_format format;
    const char *columns;   /* comma separated, as the newest known build writes them: rows of a
                              file without header are matched against this */
    const char *signature; /* columns that together tell a header of this family */
    const char *channels;  /* of a Windows event log, separated by '|' */
    const char *roles[ROLE_COUNT]; /* column names, the first that is there; NULL: none */
    int gap_hours;                 /* silence longer than this is a gap in coverage */
};

const struct family *family_get(enum family_id id); /* NULL for FAMILY_NONE and out of range */

/* By the value of "#Log-type:", case-insensitive; NULL when unknown. */
const struct family *family_by_log_type(struct slice log_type);

/* The family whose signature columns are all among `names`; NULL when none or none is sure. */
const struct family *family_by_columns(const struct slice *names, size_t count);

/* Family name ("httpproxy") → family; NULL when unknown. */
const struct family *family_by_name(struct slice name);

/* Does a Sigma log source cover this family? Absent parts cover everything. */
bool family_answers(const struct family *family, struct slice product, struct slice category,
                    struct slice service);

/* One word of a comma-separated list; *rest moves on and becomes absent at the end. */
struct slice column_next(struct slice *rest);

#endif
