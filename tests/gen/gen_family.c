#include "gen_family.h"

#include <stddef.h>

/* Column lists: facts/exchange.md section 2. HttpProxy has the newest set, 74;
 * the Autodiscover and OAB generator lists are not verified, a reader must
 * take them from the header. */
#define IIS_FIELDS                                                                             \
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "               \
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
#define HTTPERR_FIELDS                                                                         \
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid "        \
    "s-reason s-queuename"
#define HTTPPROXY_FIELDS                                                                       \
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
#define ECP_FIELDS "TimeStamp,ServerName,EventId,EventData"
#define EWS_FIELDS                                                                             \
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
#define MAPIHTTP_FIELDS                                                                        \
    "DateTime,RequestId,MapiRequestId,ClientRequestId,RequestType,HttpStatusCode,"             \
    "ResponseCode,StatusCode,ReturnCode,TotalRequestLatency,DeploymentRing,MajorVersion,"      \
    "MinorVersion,BuildVersion,RevisionVersion,AuthenticatedUserEmail,UPN,Puid,"               \
    "TenantGuid,MailboxId,MDBGuid,ActAsUserEmail,ClientIP,SourceCafeServer,EdgeInfo,"          \
    "NetworkDeviceInfo,SessionCookie,SequenceCookie,MapiClientInfo,ClientSoftware,"            \
    "ClientSoftwareVersion,ClientMode,AuthenticationType,AuthModuleLatency,"                   \
    "LiveIdBasicLog,LiveIdBasicError,LiveIdNegotiateError,OAuthLatency,OAuthError,"            \
    "OAuthErrorCategory,OAuthExtraInfo,AuthenticatedUser,RopIds,OperationSpecific,"            \
    "GenericInfo,GenericErrors"
#define AUTODISCOVER_FIELDS                                                                    \
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,"               \
    "ClientRequestId,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,"       \
    "UserAgent,VersionInfo,ClientIpAddress,ServerHostName,FrontEndServer,SoapAction,"          \
    "HttpStatus,ErrorCode,TotalRequestTime,GenericInfo,AuthenticationErrors,GenericErrors"
#define OABGEN_FIELDS "Timestamp,RecordType,TraceId,OabGuid,AddressListGuid,Message"
#define RPS_CMDLET_FIELDS                                                                      \
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
#define RPS_HTTP_FIELDS                                                                        \
    "DateTime,StartTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,"     \
    "ClientRequestId,UrlHost,UrlStem,AuthenticationType,IsAuthenticated,"                      \
    "AuthenticatedUser,Organization,ManagedOrganization,ClientIpAddress,ServerHostName,"       \
    "FrontEndServer,HttpStatus,SubStatus,ErrorCode,Action,CommandId,CommandName,"              \
    "SessionId,ShellId,FailFast,ContributeToFailFast,RequestBytes,ClientInfo,CPU,Memory,"      \
    "ActivityContextLifeTime,TotalTime,UrlQuery,GenericLatency,GenericInfo,GenericErrors"
#define FILTERING_FIELDS                                                                       \
    "DateTime,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ServerHostName,"          \
    "SharedCacheLatency,TotalLatency,HttpMethod,UrlHost,UrlStem,UrlQuery,ServerIP,"            \
    "Protocol,HeaderNames,CookieNames,ScanResult,GenericInfo,GenericErrors"
#define AUDIT_FIELDS                                                                           \
    "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"           \
    "ResultStatus,Version,Scope"
#define TRACKING_FIELDS                                                                        \
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,"            \
    "connector-id,source,event-id,internal-message-id,message-id,network-message-id,"          \
    "recipient-address,recipient-status,total-bytes,recipient-count,"                          \
    "related-recipient-address,reference,message-subject,sender-address,return-path,"          \
    "message-info,directionality,tenant-id,original-client-ip,original-server-ip,"             \
    "custom-data,transport-traffic-type,log-id,schema-version"
#define SMTP_FIELDS                                                                            \
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,"        \
    "event,data,context"
#define AGENT_FIELDS                                                                           \
    "Timestamp,SessionId,LocalEndpoint,RemoteEndpoint,EnteredOrgFromIP,MessageId,"             \
    "P1FromAddress,P2FromAddresses,Recipient,NumRecipients,Agent,Event,Action,"                \
    "SmtpResponse,Reason,ReasonData,Diagnostics,NetworkMsgID,TenantID,Directionality"

#define EXCHANGE "Program Files/Microsoft/Exchange Server/V15/"
#define LOGGING EXCHANGE "Logging/"
#define TRANSPORT EXCHANGE "TransportRoles/Logs/"
#define SOFTWARE "Microsoft Exchange Server"
#define TEN_MB (UINT64_C(10) << 20)

#define PROXY(id, sub)                                                                         \
    [id] = { "httpproxy",                                                                      \
             LOGGING "HttpProxy/" sub,                                                         \
             "HttpProxy_{Y}{m}{d}{h}-{n}.LOG",                                                 \
             "HttpProxy Logs",                                                                 \
             SOFTWARE,                                                                         \
             HTTPPROXY_FIELDS,                                                                 \
             TEN_MB,                                                                           \
             CUT_HOUR,                                                                         \
             HEADER_BUILD,                                                                     \
             false,                                                                            \
             true }

const struct gen_family gen_families[FAMILY_COUNT] = {
    PROXY(FAMILY_PROXY_AUTODISCOVER, "Autodiscover"),
    PROXY(FAMILY_PROXY_EAS, "Eas"),
    PROXY(FAMILY_PROXY_ECP, "Ecp"),
    PROXY(FAMILY_PROXY_EWS, "Ews"),
    PROXY(FAMILY_PROXY_MAPI, "Mapi"),
    PROXY(FAMILY_PROXY_OAB, "Oab"),
    PROXY(FAMILY_PROXY_OWA, "Owa"),
    PROXY(FAMILY_PROXY_OWACALENDAR, "OwaCalendar"),
    PROXY(FAMILY_PROXY_POWERSHELL, "PowerShell"),
    PROXY(FAMILY_PROXY_RPCHTTP, "RpcHttp"),
    [FAMILY_IIS_FRONT] = { "iis", "inetpub/logs/LogFiles/W3SVC1", "u_ex{y}{m}{d}.log", NULL,
                           "Microsoft Internet Information Services 10.0", IIS_FIELDS, 0,
                           CUT_DAY, HEADER_IIS, false, false },
    [FAMILY_IIS_BACK] = { "iis", "inetpub/logs/LogFiles/W3SVC2", "u_ex{y}{m}{d}.log", NULL,
                          "Microsoft Internet Information Services 10.0", IIS_FIELDS, 0,
                          CUT_DAY, HEADER_IIS, false, false },
    [FAMILY_HTTPERR] = { "httperr", "Windows/System32/LogFiles/HTTPERR", "httperr{n}.log", NULL,
                         "Microsoft HTTP API 2.0", HTTPERR_FIELDS, UINT64_C(1) << 20, CUT_SIZE,
                         HEADER_IIS, false, false },
    [FAMILY_ECP_SERVER] = { "ecp", LOGGING "ECP/Server", "ECPServer{Y}{m}{d}-{n}.LOG",
                            "ECP Server Log", SOFTWARE, ECP_FIELDS, TEN_MB, CUT_DAY,
                            HEADER_CONSTANT, false, false },
    [FAMILY_ECP_ACTIVITY] = { "ecp", LOGGING "ECP/Activity",
                              "ECPActivity_{p}_{Y}{m}{d}-{n}.LOG", "ECP Activity Context Log",
                              SOFTWARE, ECP_FIELDS, TEN_MB, CUT_DAY, HEADER_CONSTANT, true,
                              false },
    [FAMILY_EWS] = { "ews", LOGGING "Ews", "Ews_{Y}{m}{d}{h}-{n}.LOG", "EWS Logs", SOFTWARE,
                     EWS_FIELDS, TEN_MB, CUT_HOUR, HEADER_BUILD, false, true },
    [FAMILY_MAPIHTTP] = { "mapihttp", LOGGING "MapiHttp/Mailbox",
                          "MapiHttp_{Y}{m}{d}{h}-{n}.LOG", "MapiHttp Logs", SOFTWARE,
                          MAPIHTTP_FIELDS, TEN_MB, CUT_HOUR, HEADER_BUILD, true, false },
    [FAMILY_AUTODISCOVER] = { "autodiscover", LOGGING "Autodiscover",
                              "Autod_{Y}{m}{d}{h}-{n}.LOG", "Autodiscover Protocol Logs",
                              SOFTWARE, AUTODISCOVER_FIELDS, TEN_MB, CUT_HOUR, HEADER_BUILD,
                              false, false },
    [FAMILY_OABGEN] = { "oabgen", LOGGING "OABGeneratorLog", "oabgen{Y}{m}{d}-{n}.LOG",
                        "OAB Generator Log", SOFTWARE, OABGEN_FIELDS, TEN_MB, CUT_DAY,
                        HEADER_BUILD, true, false },
    [FAMILY_RPS_CMDLET] = { "cmdlet", LOGGING "CmdletInfra/Powershell-Proxy/Cmdlet",
                            "Rps_Cmdlet_{Y}{m}{d}{h}-{n}.LOG", "Rps Cmdlet Logs", SOFTWARE,
                            RPS_CMDLET_FIELDS, TEN_MB, CUT_HOUR, HEADER_BUILD, true, false },
    [FAMILY_RPS_HTTP] = { "cmdlet", LOGGING "CmdletInfra/Powershell-Proxy/Http",
                          "Rps_Http_{Y}{m}{d}{h}-{n}.LOG", "Rps Http Logs", SOFTWARE,
                          RPS_HTTP_FIELDS, TEN_MB, CUT_HOUR, HEADER_BUILD, false, false },
    [FAMILY_FILTERING] = { "filtering", LOGGING "HttpRequestFiltering",
                           "HttpRequestFiltering_{Y}{m}{d}{h}-{n}.LOG",
                           "HttpRequestFiltering Logs", SOFTWARE, FILTERING_FIELDS, TEN_MB,
                           CUT_HOUR, HEADER_BUILD, false, true },
    [FAMILY_AUDIT] = { "audit", LOGGING "CosmosQueue/audit", "audit{Y}{m}{d}-{n}.LOG", "audit",
                       "Microsoft Exchange", AUDIT_FIELDS, TEN_MB, CUT_DAY, HEADER_BUILD, false,
                       false },
    [FAMILY_TRACKING] = { "tracking", TRANSPORT "MessageTracking", "MSGTRK{Y}{m}{d}{h}-{n}.LOG",
                          "Message Tracking Log", SOFTWARE, TRACKING_FIELDS, TEN_MB, CUT_HOUR,
                          HEADER_BUILD, true, false },
    [FAMILY_SMTP_RECEIVE] = { "smtp", TRANSPORT "FrontEnd/ProtocolLog/SmtpReceive",
                              "RECV{Y}{m}{d}{h}-{n}.LOG", "SMTP Receive Protocol Log", SOFTWARE,
                              SMTP_FIELDS, TEN_MB, CUT_HOUR, HEADER_CONSTANT, false, false },
    [FAMILY_SMTP_SEND] = { "smtp", TRANSPORT "Hub/ProtocolLog/SmtpSend",
                           "SEND{Y}{m}{d}{h}-{n}.LOG", "SMTP Send Protocol Log", SOFTWARE,
                           SMTP_FIELDS, TEN_MB, CUT_HOUR, HEADER_CONSTANT, false, false },
    [FAMILY_AGENT] = { "agent", TRANSPORT "FrontEnd/AgentLog", "AgentLog{Y}{m}{d}-{n}.LOG",
                       "Agent Log", SOFTWARE, AGENT_FIELDS, TEN_MB, CUT_DAY, HEADER_CONSTANT,
                       false, false },
};
