/* Channels that share a service are separated by '|'. */
#include "events/winlog.h"

#define WINLOG(id_, service_, title_, channels_, gap_hours_)                                   \
    {                                                                                          \
        .id = (id_), .name = (service_), .title = (title_), .format = FORMAT_EVTX,             \
        .channels = (channels_), .roles = WINLOG_ROLES, .gap_hours = (gap_hours_)              \
    }

/* Whose deed and from where: the first of these columns that an event has. */
#define WINLOG_ROLES                                                                           \
    {                                                                                          \
        [ROLE_TIME] = "TimeCreated_SystemTime", [ROLE_HOST] = "Computer",                      \
        [ROLE_SOURCE] = "IpAddress,SourceIp,ClientAddress,SourceAddress",                      \
        [ROLE_USER] = "User,TargetUserName,SubjectUserName,UserName,AccountName"               \
    }

/* Security, System and Application of a mail server in use are never silent for three days. */
static const struct family families[] = {
    WINLOG(FAMILY_WIN_APPLICATION, "application", "Application", "Application", 72),
    WINLOG(FAMILY_WIN_SECURITY, "security", "Security", "Security", 72),
    WINLOG(FAMILY_WIN_SYSTEM, "system", "System", "System", 72),
    WINLOG(FAMILY_WIN_NTLM, "ntlm", "NTLM", "Microsoft-Windows-NTLM/Operational", 0),
    WINLOG(FAMILY_WIN_SYSMON, "sysmon", "Sysmon", "Microsoft-Windows-Sysmon/Operational", 0),
    WINLOG(FAMILY_WIN_POWERSHELL, "powershell", "PowerShell",
           "Microsoft-Windows-PowerShell/Operational|"
           "PowerShellCore/Operational",
           0),
    WINLOG(FAMILY_WIN_POWERSHELL_CLASSIC, "powershell-classic", "Windows PowerShell",
           "Windows PowerShell", 0),
    WINLOG(FAMILY_WIN_TASKSCHEDULER, "taskscheduler", "Task Scheduler",
           "Microsoft-Windows-TaskScheduler/Operational", 0),
    WINLOG(FAMILY_WIN_WMI, "wmi", "WMI", "Microsoft-Windows-WMI-Activity/Operational", 0),
    WINLOG(FAMILY_WIN_DHCP, "dhcp", "DHCP server", "Microsoft-Windows-DHCP-Server/Operational",
           0),
    WINLOG(FAMILY_WIN_PRINTSERVICE_ADMIN, "printservice-admin", "Print service (admin)",
           "Microsoft-Windows-PrintService/Admin", 0),
    WINLOG(FAMILY_WIN_SMBCLIENT_SECURITY, "smbclient-security", "SMB client security",
           "Microsoft-Windows-SmbClient/Security", 0),
    WINLOG(FAMILY_WIN_SMBCLIENT_CONNECTIVITY, "smbclient-connectivity",
           "SMB client connections", "Microsoft-Windows-SmbClient/Connectivity", 0),
    WINLOG(FAMILY_WIN_SMBSERVER_CONNECTIVITY, "smbserver-connectivity",
           "SMB server connections", "Microsoft-Windows-SMBServer/Connectivity", 0),
    WINLOG(FAMILY_WIN_PRINTSERVICE_OPERATIONAL, "printservice-operational", "Print service",
           "Microsoft-Windows-PrintService/Operational", 0),
    WINLOG(FAMILY_WIN_TERMINALSERVICES_LOCALSESSIONMANAGER,
           "terminalservices-localsessionmanager", "Terminal services",
           "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", 0),
    WINLOG(FAMILY_WIN_CODEINTEGRITY_OPERATIONAL, "codeintegrity-operational", "Code integrity",
           "Microsoft-Windows-CodeIntegrity/Operational", 0),
    WINLOG(FAMILY_WIN_APPLOCKER, "applocker", "AppLocker",
           "Microsoft-Windows-AppLocker/MSI and Script|"
           "Microsoft-Windows-AppLocker/EXE and DLL|"
           "Microsoft-Windows-AppLocker/Packaged app-Deployment|"
           "Microsoft-Windows-AppLocker/Packaged app-Execution",
           0),
    WINLOG(FAMILY_WIN_MSEXCHANGE_MANAGEMENT, "msexchange-management", "MSExchange Management",
           "MSExchange Management", 0),
    WINLOG(FAMILY_WIN_WINDEFEND, "windefend", "Windows Defender",
           "Microsoft-Windows-Windows Defender/Operational", 0),
    WINLOG(FAMILY_WIN_FIREWALL_AS, "firewall-as", "Windows Firewall",
           "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", 0),
    WINLOG(FAMILY_WIN_BITS_CLIENT, "bits-client", "BITS client",
           "Microsoft-Windows-Bits-Client/Operational", 0),
    WINLOG(FAMILY_WIN_SECURITY_MITIGATIONS, "security-mitigations", "Security mitigations",
           "Microsoft-Windows-Security-Mitigations/Kernel Mode|"
           "Microsoft-Windows-Security-Mitigations/User Mode",
           0),
    WINLOG(FAMILY_WIN_DIAGNOSIS_SCRIPTED, "diagnosis-scripted", "Scripted diagnosis",
           "Microsoft-Windows-Diagnosis-Scripted/Operational", 0),
    WINLOG(FAMILY_WIN_SHELL_CORE, "shell-core", "Shell core",
           "Microsoft-Windows-Shell-Core/Operational", 0),
    WINLOG(FAMILY_WIN_OPENSSH, "openssh", "OpenSSH", "OpenSSH/Operational", 0),
    WINLOG(FAMILY_WIN_LDAP, "ldap", "LDAP client", "Microsoft-Windows-LDAP-Client/Debug", 0),
    WINLOG(FAMILY_WIN_BITLOCKER, "bitlocker", "BitLocker",
           "Microsoft-Windows-BitLocker/BitLocker Management", 0),
    WINLOG(FAMILY_WIN_VHDMP, "vhdmp", "Virtual disks", "Microsoft-Windows-VHDMP/Operational",
           0),
    WINLOG(FAMILY_WIN_APPXDEPLOYMENT_SERVER, "appxdeployment-server", "AppX deployment",
           "Microsoft-Windows-AppXDeploymentServer/Operational", 0),
    WINLOG(FAMILY_WIN_LSA_SERVER, "lsa-server", "LSA", "Microsoft-Windows-LSA/Operational", 0),
    WINLOG(FAMILY_WIN_APPXPACKAGING_OM, "appxpackaging-om", "AppX packaging",
           "Microsoft-Windows-AppxPackaging/Operational", 0),
    WINLOG(FAMILY_WIN_DNS_CLIENT, "dns-client", "DNS client",
           "Microsoft-Windows-DNS Client Events/Operational", 0),
    WINLOG(FAMILY_WIN_APPMODEL_RUNTIME, "appmodel-runtime", "App model",
           "Microsoft-Windows-AppModel-Runtime/Admin", 0),
    WINLOG(FAMILY_WIN_CAPI2, "capi2", "CAPI2", "Microsoft-Windows-CAPI2/Operational", 0),
    WINLOG(FAMILY_WIN_CERTIFICATESERVICESCLIENT_LIFECYCLE_SYSTEM,
           "certificateservicesclient-lifecycle-system", "Certificate lifecycle",
           "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational", 0),
    WINLOG(FAMILY_WIN_KERNEL_SHIMENGINE, "kernel-shimengine", "Shim engine",
           "Microsoft-Windows-Kernel-ShimEngine/Operational|"
           "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
           0),
    WINLOG(FAMILY_WIN_APPLICATION_EXPERIENCE, "application-experience",
           "Application experience",
           "Microsoft-Windows-Application-Experience/Program-Telemetry|"
           "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
           0),
    WINLOG(FAMILY_WIN_NTFS, "ntfs", "NTFS", "Microsoft-Windows-Ntfs/Operational", 0),
    WINLOG(FAMILY_WIN_HYPER_V_WORKER, "hyper-v-worker", "Hyper-V worker",
           "Microsoft-Windows-Hyper-V-Worker", 0),
    WINLOG(FAMILY_WIN_KERNEL_EVENT_TRACING, "kernel-event-tracing", "Kernel event tracing",
           "Microsoft-Windows-Kernel-EventTracing", 0),
    WINLOG(FAMILY_WIN_SENSE, "sense", "Defender for Endpoint",
           "Microsoft-Windows-SENSE/Operational", 0),
    WINLOG(FAMILY_WIN_SERVICEBUS_CLIENT, "servicebus-client", "Service Bus client",
           "Microsoft-ServiceBus-Client/Admin|"
           "Microsoft-ServiceBus-Client/Operational",
           0),
    WINLOG(FAMILY_WIN_IIS_CONFIGURATION, "iis-configuration", "IIS configuration",
           "Microsoft-IIS-Configuration/Operational", 0),
    /* of the taxonomy, not of thor.yml */
    WINLOG(FAMILY_WIN_DNS_SERVER, "dns-server", "DNS server", "DNS Server", 0),
    WINLOG(FAMILY_WIN_DNS_SERVER_AUDIT, "dns-server-audit", "DNS server audit",
           "Microsoft-Windows-DNS-Server/Audit", 0),
    WINLOG(FAMILY_WIN_DNS_SERVER_ANALYTIC, "dns-server-analytic", "DNS server analytic",
           "Microsoft-Windows-DNS-Server/Analytical", 0),
    WINLOG(FAMILY_WIN_DRIVER_FRAMEWORK, "driver-framework", "Driver frameworks",
           "Microsoft-Windows-DriverFrameworks-UserMode/Operational", 0),
    WINLOG(FAMILY_EVENTLOG, "eventlog", "Other event logs", "", 0),
};

/* Services that rules write in another way than the table above. */
static const struct {
    const char *name, *service;
} service_aliases[] = {
    { "microsoft-servicebus-client", "servicebus-client" },
};

#define EVENT_IDS_MAX 12

static const struct category {
    const char *name;
    enum family_id family;
    unsigned event_ids[EVENT_IDS_MAX]; /* 0: no more */
    struct winlog_gate gate;
} categories[] = {
    { "process_creation", FAMILY_WIN_SYSMON, { 1 }, { NULL, NULL } },
    { "process_creation", FAMILY_WIN_SECURITY, { 4688 }, { NULL, NULL } },
    { "file_change", FAMILY_WIN_SYSMON, { 2 }, { NULL, NULL } },
    { "network_connection", FAMILY_WIN_SYSMON, { 3 }, { NULL, NULL } },
    { "sysmon_status", FAMILY_WIN_SYSMON, { 4 }, { NULL, NULL } },
    { "sysmon_status", FAMILY_WIN_SYSMON, { 16 }, { NULL, NULL } },
    { "process_termination", FAMILY_WIN_SYSMON, { 5 }, { NULL, NULL } },
    { "driver_load", FAMILY_WIN_SYSMON, { 6 }, { NULL, NULL } },
    { "image_load", FAMILY_WIN_SYSMON, { 7 }, { NULL, NULL } },
    { "create_remote_thread", FAMILY_WIN_SYSMON, { 8 }, { NULL, NULL } },
    { "raw_access_thread", FAMILY_WIN_SYSMON, { 9 }, { NULL, NULL } },
    { "process_access", FAMILY_WIN_SYSMON, { 10 }, { NULL, NULL } },
    { "file_event", FAMILY_WIN_SYSMON, { 11 }, { NULL, NULL } },
    { "registry_event", FAMILY_WIN_SYSMON, { 12 }, { NULL, NULL } },
    { "registry_event", FAMILY_WIN_SYSMON, { 13 }, { NULL, NULL } },
    { "registry_event", FAMILY_WIN_SYSMON, { 14 }, { NULL, NULL } },
    { "registry_add", FAMILY_WIN_SYSMON, { 12 }, { WINLOG_GATE_FIELD, "CreateKey" } },
    { "registry_delete", FAMILY_WIN_SYSMON, { 12 }, { WINLOG_GATE_FIELD, "DeleteKey" } },
    { "registry_delete", FAMILY_WIN_SYSMON, { 12 }, { WINLOG_GATE_FIELD, "DeleteValue" } },
    { "registry_set", FAMILY_WIN_SYSMON, { 13 }, { NULL, NULL } },
    { "registry_rename", FAMILY_WIN_SYSMON, { 14 }, { NULL, NULL } },
    { "create_stream_hash", FAMILY_WIN_SYSMON, { 15 }, { NULL, NULL } },
    { "pipe_created", FAMILY_WIN_SYSMON, { 17 }, { NULL, NULL } },
    { "pipe_created", FAMILY_WIN_SYSMON, { 18 }, { NULL, NULL } },
    { "wmi_event", FAMILY_WIN_SYSMON, { 19 }, { NULL, NULL } },
    { "wmi_event", FAMILY_WIN_SYSMON, { 20 }, { NULL, NULL } },
    { "wmi_event", FAMILY_WIN_SYSMON, { 21 }, { NULL, NULL } },
    { "dns_query", FAMILY_WIN_SYSMON, { 22 }, { NULL, NULL } },
    { "file_delete", FAMILY_WIN_SYSMON, { 23 }, { NULL, NULL } },
    { "clipboard_change", FAMILY_WIN_SYSMON, { 24 }, { NULL, NULL } },
    { "clipboard_capture", FAMILY_WIN_SYSMON, { 24 }, { NULL, NULL } },
    { "process_tampering", FAMILY_WIN_SYSMON, { 25 }, { NULL, NULL } },
    { "file_delete_detected", FAMILY_WIN_SYSMON, { 26 }, { NULL, NULL } },
    { "file_block_executable", FAMILY_WIN_SYSMON, { 27 }, { NULL, NULL } },
    { "file_block_shredding", FAMILY_WIN_SYSMON, { 28 }, { NULL, NULL } },
    { "file_executable_detected", FAMILY_WIN_SYSMON, { 29 }, { NULL, NULL } },
    { "sysmon_error", FAMILY_WIN_SYSMON, { 255 }, { NULL, NULL } },
    { "ps_module", FAMILY_WIN_POWERSHELL, { 4103 }, { NULL, NULL } },
    { "ps_script", FAMILY_WIN_POWERSHELL, { 4104 }, { NULL, NULL } },
    { "ps_classic_start", FAMILY_WIN_POWERSHELL_CLASSIC, { 400 }, { NULL, NULL } },
    { "ps_classic_provider_start", FAMILY_WIN_POWERSHELL_CLASSIC, { 600 }, { NULL, NULL } },
    { "ps_classic_script", FAMILY_WIN_POWERSHELL_CLASSIC, { 800 }, { NULL, NULL } },
    { "antivirus",
      FAMILY_WIN_WINDEFEND,
      { 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116 },
      { NULL, NULL } },
};

static const struct {
    enum family_id family;
    unsigned event_id; /* 0: any */
    const char *field, *column;
} aliases[] = {
    { FAMILY_WIN_SECURITY, 4688, "Image", "NewProcessName" },
    { FAMILY_WIN_SECURITY, 4688, "ParentImage", "ParentProcessName" },
    { FAMILY_WIN_WINDEFEND, 0, "Signature", "Threat Name" },
    { FAMILY_WIN_WINDEFEND, 0, "Filename", "Path" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool channel_is(const struct family *family, struct slice channel)
{
    struct slice rest = slice_from(family->channels);
    while (rest.len)
        if (slice_icase_eq(slice_cut(&rest, '|'), channel))
            return true;
    return false;
}

const struct family *winlog_get(enum family_id id)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (families[i].id == id)
            return &families[i];
    return NULL;
}

const struct family *winlog_family(struct slice channel)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (channel_is(&families[i], channel))
            return &families[i];
    return winlog_get(FAMILY_EVENTLOG);
}

const struct family *winlog_by_name(struct slice name)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (slice_icase_eq(name, slice_from(families[i].name)))
            return &families[i];
    return NULL;
}

static bool service_is(const struct family *family, struct slice service)
{
    for (size_t i = 0; i < COUNT(service_aliases); i++)
        if (slice_icase_eq(service, slice_from(service_aliases[i].name)))
            service = slice_from(service_aliases[i].service);
    return slice_icase_eq(service, slice_from(family->name));
}

static bool has_event(const struct category *category, uint64_t event_id)
{
    for (size_t i = 0; i < EVENT_IDS_MAX && category->event_ids[i]; i++)
        if (event_id == WINLOG_ANY_EVENT || category->event_ids[i] == event_id)
            return true;
    return false;
}

static size_t category_ways(const struct family *family, uint64_t event_id,
                            struct slice category, struct winlog_gate *gates)
{
    size_t ways = 0;
    for (size_t i = 0; i < COUNT(categories) && ways < WINLOG_GATES_MAX; i++) {
        const struct category *row = &categories[i];
        if (row->family != family->id || !has_event(row, event_id) ||
            !slice_icase_eq(category, slice_from(row->name)))
            continue;
        if (gates)
            gates[ways] = row->gate;
        ways++;
    }
    return ways;
}

size_t winlog_covers(const struct family *family, uint64_t event_id, struct slice product,
                     struct slice category, struct slice service,
                     struct winlog_gate gates[WINLOG_GATES_MAX])
{
    if (product.ptr && !slice_icase_eq(product, SLICE_LIT("windows")))
        return 0;
    if (service.ptr && !service_is(family, service))
        return 0;
    if (category.ptr)
        return category_ways(family, event_id, category, gates);
    if (gates)
        gates[0] = (struct winlog_gate){ NULL, NULL };
    return product.ptr || service.ptr ? 1 : 0;
}

struct slice winlog_alias(const struct family *family, uint64_t event_id, struct slice field)
{
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (aliases[i].family == family->id &&
            (!aliases[i].event_id || aliases[i].event_id == event_id) &&
            slice_icase_eq(field, slice_from(aliases[i].field)))
            return slice_from(aliases[i].column);
    return SLICE_NULL;
}

bool winlog_names_event(const struct family *family, uint64_t event_id)
{
    for (size_t i = 0; i < COUNT(categories); i++)
        if (categories[i].family == family->id && has_event(&categories[i], event_id))
            return true;
    return false;
}
