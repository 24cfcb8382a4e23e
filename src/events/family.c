/*
 * The table of log families. Column lists are what real files of build 15.1.2375 hold
 * (HttpProxy, EWS, CmdletInfra, message tracking, SMTP, agent, audit) or what Microsoft
 * documents (the others); docs/formats/ names the source of each. Columns are always found by
 * name in the file's own header; these lists serve only rows that come without one.
 */
#include "events/family.h"

#include "events/winlog.h"

#define COLUMNS_IIS                                                                            \
    "date,time,s-ip,cs-method,cs-uri-stem,cs-uri-query,s-port,cs-username,c-ip,"               \
    "cs(User-Agent),cs(Referer),sc-status,sc-substatus,sc-win32-status,time-taken"

#define COLUMNS_HTTPERR                                                                        \
    "date,time,c-ip,c-port,s-ip,s-port,cs-version,cs-method,cs-uri,sc-status,s-siteid,"        \
    "s-reason,s-queuename"

#define COLUMNS_HTTPPROXY                                                                      \
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,"               \
    "ClientRequestId,Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,"              \
    "IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,"                  \
    "ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,"                \
    "ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,BackEndCookie,"      \
    "ServerLocatorHost,ServerLocatorLatency,RequestBytes,ResponseBytes,"                       \
    "TargetOutstandingRequests,AuthModulePerfContext,HttpPipelineLatency,"                     \
    "CalculateTargetBackEndLatency,GlsLatencyBreakup,TotalGlsLatency,"                         \
    "AccountForestLatencyBreakup,TotalAccountForestLatency,ResourceForestLatencyBreakup,"      \
    "TotalResourceForestLatency,ADLatency,SharedCacheLatencyBreakup,"                          \
    "TotalSharedCacheLatency,ActivityContextLifeTime,ModuleToHandlerSwitchingLatency,"         \
    "ClientReqStreamLatency,BackendReqInitLatency,BackendReqStreamLatency,"                    \
    "BackendProcessingLatency,BackendRespInitLatency,BackendRespStreamLatency,"                \
    "ClientRespStreamLatency,KerberosAuthHeaderLatency,HandlerCompletionLatency,"              \
    "RequestHandlerLatency,HandlerToModuleSwitchingLatency,ProxyTime,CoreLatency,"             \
    "RoutingLatency,HttpProxyOverhead,TotalRequestTime,RouteRefresherLatency,UrlQuery,"        \
    "BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,DatabaseGuid,"                   \
    "UserADObjectGuid,PartitionEndpointLookupLatency,RoutingStatus"

#define COLUMNS_ECP "TimeStamp,ServerName,EventId,EventData"

#define COLUMNS_OAB "Timestamp,RecordType,TraceId,OabGuid,AddressListGuid,Message"

#define COLUMNS_CMDLET                                                                         \
    "DateTime,StartTime,RequestId,ClientRequestId,MajorVersion,MinorVersion,BuildVersion,"     \
    "RevisionVersion,ServerHostName,ProcessId,ProcessName,ThreadId,CultureInfo,"               \
    "Organization,AuthenticatedUser,ExecutingUserSid,EffectiveOrganization,"                   \
    "UserServicePlan,IsAdmin,ClientApplication,Cmdlet,Parameters,CmdletUniqueId,"              \
    "UserBudgetOnStart,ContributeToFailFast,RunspaceSettingsCreationHint,"                     \
    "ADViewEntireForest,ADRecipientViewRoot,ADConfigurationDomainControllers,"                 \
    "ADPreferredGlobalCatalogs,ADPreferredDomainControllers,"                                  \
    "ADUserConfigurationDomainController,ADUserPreferredGlobalCatalog,"                        \
    "ADuserPreferredDomainControllers,ThrottlingInfo,DelayInfo,ThrottlingDelay,"               \
    "IsOutputObjectRedacted,CmdletProxyStage,CmdletProxyRemoteServer,"                         \
    "CmdletProxyRemoteServerVersion,CmdletProxyMethod,ProxiedObjectCount,"                     \
    "CmdletProxyLatency,OutputObjectCount,ParameterBinding,BeginProcessing,ProcessRecord,"     \
    "EndProcessing,StopProcessing,BizLogic,PowerShellLatency,UserInteractionLatency,"          \
    "ProvisioningLayerLatency,ActivityContextLifeTime,TotalTime,ErrorType,"                    \
    "ExecutionResult,CacheHitCount,CacheMissCount,GenericLatency,GenericInfo,"                 \
    "GenericErrors,ObjectGuid,ExternalDirectoryOrganizationId,ExternalDirectoryObjectId,"      \
    "NonPiiParameters"

#define COLUMNS_EWS                                                                            \
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,Ring,"          \
    "ClientRequestId,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,"       \
    "UserAgent,VersionInfo,ClientIpAddress,ServerHostName,FrontEndServer,SoapAction,"          \
    "HttpStatus,RequestSize,ResponseSize,ErrorCode,ImpersonatedUser,ProxyAsUser,"              \
    "ActAsUser,Cookie,CorrelationGuid,PrimaryOrProxyServer,TaskType,RemoteBackendCount,"       \
    "LocalMailboxCount,RemoteMailboxCount,LocalIdCount,RemoteIdCount,"                         \
    "BeginBudgetConnections,EndBudgetConnections,BeginBudgetHangingConnections,"               \
    "EndBudgetHangingConnections,BeginBudgetAD,EndBudgetAD,BeginBudgetCAS,EndBudgetCAS,"       \
    "BeginBudgetRPC,EndBudgetRPC,BeginBudgetFindCount,EndBudgetFindCount,"                     \
    "BeginBudgetSubscriptions,EndBudgetSubscriptions,MDBResource,MDBHealth,"                   \
    "MDBHistoricalLoad,ThrottlingPolicy,ThrottlingDelay,ThrottlingRequestType,"                \
    "TotalDCRequestCount,TotalDCRequestLatency,TotalMBXRequestCount,"                          \
    "TotalMBXRequestLatency,RecipientLookupLatency,ExchangePrincipalLatency,"                  \
    "HttpPipelineLatency,CheckAccessCoreLatency,AuthModuleLatency,CallContextInitLatency,"     \
    "PreExecutionLatency,CoreExecutionLatency,TotalRequestTime,"                               \
    "DetailedExchangePrincipalLatency,ClientStatistics,GenericInfo,AuthenticationErrors,"      \
    "GenericErrors,Puid,StartTime,ProcessId,TimeInGC,StartTotalMemory,EndTotalMemory,"         \
    "StartGCCounts,EndGCCounts,TokenBasedThrottlingPolicy,BudgetKey,CoinsCharged,"             \
    "CoinsChargedMethod,SidBudgetInfo,AppBudgetInfo,TenantBudgetInfo,ResourceAccessed,"        \
    "ResourceHealthBasedThreshold,ThrottledBy,BackoffHint,WorkClassification"

#define COLUMNS_MSGTRK                                                                         \
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,"            \
    "connector-id,source,event-id,internal-message-id,message-id,network-message-id,"          \
    "recipient-address,recipient-status,total-bytes,recipient-count,"                          \
    "related-recipient-address,reference,message-subject,sender-address,return-path,"          \
    "message-info,directionality,tenant-id,original-client-ip,original-server-ip,"             \
    "custom-data,transport-traffic-type,log-id,schema-version"

#define COLUMNS_SMTP                                                                           \
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,"        \
    "event,data,context"

#define COLUMNS_AGENT                                                                          \
    "Timestamp,SessionId,LocalEndpoint,RemoteEndpoint,EnteredOrgFromIP,MessageId,"             \
    "P1FromAddress,P2FromAddresses,Recipient,NumRecipients,Agent,Event,Action,"                \
    "SmtpResponse,Reason,ReasonData,Diagnostics,NetworkMsgID,TenantID,Directionality"

#define COLUMNS_AUDIT                                                                          \
    "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"           \
    "ResultStatus,Version,Scope"

#define COLUMNS_RPS_HTTP                                                                       \
    "DateTime,StartTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,"     \
    "ClientRequestId,UrlHost,UrlStem,AuthenticationType,IsAuthenticated,"                      \
    "AuthenticatedUser,Organization,ManagedOrganization,ClientIpAddress,ServerHostName,"       \
    "FrontEndServer,HttpStatus,SubStatus,ErrorCode,Action,CommandId,CommandName,"              \
    "SessionId,ShellId,FailFast,ContributeToFailFast,RequestBytes,ClientInfo,CPU,Memory,"      \
    "ActivityContextLifeTime,TotalTime,UrlQuery,GenericLatency,GenericInfo,GenericErrors"

#define COLUMNS_MAPI                                                                           \
    "DateTime,RequestId,MapiRequestId,ClientRequestId,RequestType,HttpStatusCode,"             \
    "ResponseCode,StatusCode,ReturnCode,TotalRequestLatency,DeploymentRing,MajorVersion,"      \
    "MinorVersion,BuildVersion,RevisionVersion,AuthenticatedUserEmail,UPN,Puid,"               \
    "TenantGuid,MailboxId,MDBGuid,ActAsUserEmail,ClientIP,SourceCafeServer,EdgeInfo,"          \
    "NetworkDeviceInfo,SessionCookie,SequenceCookie,MapiClientInfo,ClientSoftware,"            \
    "ClientSoftwareVersion,ClientMode,AuthenticationType,AuthModuleLatency,"                   \
    "LiveIdBasicLog,LiveIdBasicError,LiveIdNegotiateError,OAuthLatency,OAuthError,"            \
    "OAuthErrorCategory,OAuthExtraInfo,AuthenticatedUser,RopIds,OperationSpecific,"            \
    "GenericInfo,GenericErrors"

#define COLUMNS_HRF                                                                            \
    "DateTime,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ServerHostName,"          \
    "SharedCacheLatency,TotalLatency,HttpMethod,UrlHost,UrlStem,UrlQuery,ServerIP,"            \
    "Protocol,HeaderNames,CookieNames,ScanResult,GenericInfo,GenericErrors"

/* Names that HttpProxy, EWS, Rps and most newer families share. */
#define EXCHANGE_ROLES                                                                         \
    [ROLE_TIME] = "DateTime", [ROLE_USER] = "AuthenticatedUser", [ROLE_REQUEST_ID] = "RequestId"
#define SERVER_ROLE [ROLE_HOST] = "ServerHostName"
#define CLIENT_ROLES [ROLE_SOURCE] = "ClientIpAddress", [ROLE_STATUS] = "HttpStatus"

static const struct family families[] = {
    {
        .id = FAMILY_IIS,
        .name = "iis",
        .title = "IIS",
        .format = FORMAT_W3C,
        .columns = COLUMNS_IIS,
        .signature = "cs-method,cs-uri-stem",
        .roles = { [ROLE_TIME] = "time",
                   [ROLE_DATE] = "date",
                   [ROLE_HOST] = "s-computername",
                   [ROLE_SOURCE] = "c-ip",
                   [ROLE_METHOD] = "cs-method",
                   [ROLE_URL_PATH] = "cs-uri-stem",
                   [ROLE_URL_QUERY] = "cs-uri-query",
                   [ROLE_STATUS] = "sc-status",
                   [ROLE_USER] = "cs-username",
                   [ROLE_AGENT] = "cs(User-Agent)",
                   [ROLE_REFERER] = "cs(Referer)",
                   [ROLE_COOKIE] = "cs(Cookie)",
                   [ROLE_URL_HOST] = "cs-host",
                   [ROLE_SERVER_IP] = "s-ip",
                   [ROLE_SERVER_PORT] = "s-port",
                   [ROLE_FORWARDED] = "X-Forwarded-For" },
        .gap_hours = 3,
    },
    {
        .id = FAMILY_HTTPERR,
        .name = "httperr",
        .title = "HTTP.sys errors",
        .format = FORMAT_W3C,
        .columns = COLUMNS_HTTPERR,
        .signature = "cs-uri,s-reason",
        .roles = { [ROLE_TIME] = "time",
                   [ROLE_DATE] = "date",
                   [ROLE_SOURCE] = "c-ip",
                   [ROLE_METHOD] = "cs-method",
                   [ROLE_URL_PATH] = "cs-uri",
                   [ROLE_STATUS] = "sc-status",
                   [ROLE_SERVER_IP] = "s-ip",
                   [ROLE_SERVER_PORT] = "s-port" },
        .gap_hours = 48,
    },
    {
        .id = FAMILY_HTTPPROXY,
        .name = "httpproxy",
        .title = "HttpProxy",
        .log_type = "HttpProxy Logs",
        .format = FORMAT_CSV,
        .columns = COLUMNS_HTTPPROXY,
        .signature = "DateTime,UrlStem,UserAgent,ClientIpAddress,HttpStatus",
        .roles = { EXCHANGE_ROLES, SERVER_ROLE, CLIENT_ROLES, [ROLE_AGENT] = "UserAgent",
                   [ROLE_METHOD] = "Method", [ROLE_URL_PATH] = "UrlStem",
                   [ROLE_URL_QUERY] = "UrlQuery", [ROLE_URL_HOST] = "UrlHost" },
        .gap_hours = 3,
    },
    {
        .id = FAMILY_ECP,
        .name = "ecp",
        .title = "ECP Server",
        .log_type = "ECP Server Log",
        .format = FORMAT_ECP,
        .columns = COLUMNS_ECP,
        .roles = { [ROLE_TIME] = "TimeStamp", [ROLE_HOST] = "ServerName" },
        .gap_hours = 72,
    },
    {
        .id = FAMILY_ECP_ACTIVITY,
        .name = "ecp-activity",
        .title = "ECP Activity",
        .log_type = "ECP Activity Context Log",
        .format = FORMAT_ECP,
        .columns = COLUMNS_ECP,
        .roles = { [ROLE_TIME] = "TimeStamp", [ROLE_HOST] = "ServerName" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_OABGENERATOR,
        .name = "oabgenerator",
        .title = "OAB generator",
        .log_type = "OAB Generator Log",
        .format = FORMAT_CSV,
        .columns = COLUMNS_OAB,
        .signature = "OabGuid,Message",
        .roles = { [ROLE_TIME] = "Timestamp" },
        .gap_hours = 48,
    },
    {
        .id = FAMILY_CMDLET,
        .name = "cmdlet",
        .title = "CmdletInfra cmdlets",
        .log_type = "Rps Cmdlet Logs",
        .format = FORMAT_CSV,
        .columns = COLUMNS_CMDLET,
        .signature = "Cmdlet,Parameters",
        .roles = { EXCHANGE_ROLES, SERVER_ROLE, [ROLE_AGENT] = "ClientApplication" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_RPS_HTTP,
        .name = "rps-http",
        .title = "CmdletInfra HTTP",
        .log_type = "Rps Http Logs",
        .format = FORMAT_CSV,
        .columns = COLUMNS_RPS_HTTP,
        .signature = "UrlStem,ShellId,ClientInfo",
        .roles = { EXCHANGE_ROLES, SERVER_ROLE,
                   CLIENT_ROLES, [ROLE_URL_PATH] = "UrlStem", [ROLE_URL_QUERY] = "UrlQuery",
                   [ROLE_AGENT] = "ClientInfo", [ROLE_URL_HOST] = "UrlHost" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_EWS,
        .name = "ews",
        .title = "EWS",
        .log_type = "EWS Logs",
        .format = FORMAT_CSV,
        .columns = COLUMNS_EWS,
        .signature = "SoapAction,RequestSize,ImpersonatedUser",
        .roles = { EXCHANGE_ROLES, SERVER_ROLE, CLIENT_ROLES, [ROLE_AGENT] = "UserAgent" },
        .gap_hours = 12,
    },
    {
        .id = FAMILY_MAPIHTTP,
        .name = "mapihttp",
        .title = "MAPI over HTTP",
        .log_type = "MapiHttp Logs",
        .format = FORMAT_CSV,
        .columns = COLUMNS_MAPI,
        .signature = "MapiRequestId,RopIds",
        .roles = { EXCHANGE_ROLES, [ROLE_SOURCE] = "ClientIP", [ROLE_STATUS] = "HttpStatusCode",
                   [ROLE_AGENT] = "ClientSoftware" },
        .gap_hours = 12,
    },
    {
        .id = FAMILY_AUTODISCOVER,
        .name = "autodiscover",
        .title = "Autodiscover",
        .log_type = "Autodiscover Protocol Logs",
        .format = FORMAT_CSV,
        .columns = NULL, /* no full list is known: the file's header tells */
        .roles = { EXCHANGE_ROLES, SERVER_ROLE,
                   CLIENT_ROLES, [ROLE_AGENT] = "UserAgent", [ROLE_URL_PATH] = "UrlStem" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_MESSAGETRACKING,
        .name = "messagetracking",
        .title = "Message tracking",
        .log_type = "Message Tracking Log",
        .format = FORMAT_CSV,
        .columns = COLUMNS_MSGTRK,
        .signature = "event-id,message-id,recipient-address",
        .roles = { [ROLE_TIME] = "date-time",
                   [ROLE_SOURCE] = "client-ip",
                   [ROLE_USER] = "sender-address" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_SMTP,
        .name = "smtp",
        .title = "SMTP protocol",
        .log_type = "SMTP", /* "SMTP Receive Protocol Log", "SMTP Send Protocol Log" */
        .format = FORMAT_CSV,
        .columns = COLUMNS_SMTP,
        .signature = "connector-id,session-id,remote-endpoint",
        .roles = { [ROLE_TIME] = "date-time", [ROLE_SOURCE] = "remote-endpoint" },
        .gap_hours = 24,
    },
    {
        .id = FAMILY_AGENT,
        .name = "agent",
        .title = "Transport agents",
        .log_type = "Agent Log",
        .format = FORMAT_CSV,
        .columns = COLUMNS_AGENT,
        .signature = "P1FromAddress,Agent,Action",
        .roles = { [ROLE_TIME] = "Timestamp", [ROLE_SOURCE] = "RemoteEndpoint" },
        .gap_hours = 48,
    },
    {
        .id = FAMILY_AUDIT,
        .name = "audit",
        .title = "Admin audit",
        .log_type = "audit",
        .format = FORMAT_CSV,
        .columns = COLUMNS_AUDIT,
        .signature = "RecordType,Data,UserKey,Operation",
        .roles = { [ROLE_TIME] = "Timestamp", [ROLE_HOST] = "Server", [ROLE_USER] = "UserKey" },
        .gap_hours = 72,
    },
    {
        .id = FAMILY_HTTPREQUESTFILTERING,
        .name = "httprequestfiltering",
        .title = "Request filtering (AMSI)",
        .log_type = "HttpRequestFiltering",
        .format = FORMAT_CSV,
        .columns = COLUMNS_HRF,
        .signature = "HeaderNames,CookieNames,ScanResult",
        .roles = { [ROLE_TIME] = "DateTime",
                   [ROLE_HOST] = "ServerHostName",
                   [ROLE_METHOD] = "HttpMethod",
                   [ROLE_URL_PATH] = "UrlStem",
                   [ROLE_URL_QUERY] = "UrlQuery",
                   [ROLE_URL_HOST] = "UrlHost" },
        .gap_hours = 0, /* rows only when something was detected: silence says nothing */
    },
};

const struct family *family_get(enum family_id id)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].id == id)
            return &families[i];
    return winlog_get(id);
}

/* Real files say "SMTP Receive Protocol Log" and the like: a prefix of the type is enough. */
const struct family *family_by_log_type(struct slice log_type)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].log_type &&
            slice_icase_starts(log_type, slice_from(families[i].log_type)))
            return &families[i];
    return NULL;
}

struct slice column_next(struct slice *rest)
{
    return slice_cut(rest, ',');
}

static bool has_column(const struct slice *names, size_t count, struct slice wanted)
{
    for (size_t i = 0; i < count; i++)
        if (slice_icase_eq(names[i], wanted))
            return true;
    return false;
}

static bool has_signature(const struct family *family, const struct slice *names, size_t count)
{
    struct slice rest = slice_from(family->signature);
    if (!rest.ptr)
        return false;
    while (rest.ptr)
        if (!has_column(names, count, column_next(&rest)))
            return false;
    return true;
}

const struct family *family_by_columns(const struct slice *names, size_t count)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (has_signature(&families[i], names, count))
            return &families[i];
    return NULL;
}

const struct family *family_by_name(struct slice name)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (slice_icase_eq(name, slice_from(families[i].name)))
            return &families[i];
    return winlog_by_name(name);
}

static bool covers(struct slice wanted, const char *actual)
{
    return !wanted.ptr || (actual && slice_icase_eq(wanted, slice_from(actual)));
}

/* IIS, HTTPERR and HttpProxy rows are web requests: they answer `category: webserver`. */
static bool is_web(enum family_id id)
{
    return id == FAMILY_IIS || id == FAMILY_HTTPERR || id == FAMILY_HTTPPROXY;
}

bool family_answers(const struct family *family, struct slice product, struct slice category,
                    struct slice service)
{
    if (family->format == FORMAT_EVTX)
        return winlog_covers(family, WINLOG_ANY_EVENT, product, category, service, NULL) > 0;
    bool w3c = family->format == FORMAT_W3C;
    const char *web = is_web(family->id) ? "webserver" : NULL;
    if (covers(category, web) && category.ptr)
        return !product.ptr && (!service.ptr || covers(service, family->name));
    return !w3c && covers(product, "exchange") && covers(service, family->name) &&
           covers(category, NULL);
}
