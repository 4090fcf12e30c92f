namespace Trireme.Contracts.Http;

/// <summary>
/// Every HTTP header name of the platform's own, and those of others that its parts share. No other file spells one out.
/// </summary>
public static class TriremeHeaders
{
    /// <summary>
    /// Start of the platform's own names. Replicas believe what comes under it, so the gateway never passes one on from a client.
    /// </summary>
    public const string Prefix = "x-trireme-";

    /// <summary>Id that ties a request's answer, logs and traces together.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>The same for Anthropic's clients.</summary>
    public const string AnthropicRequestId = "request-id";

    /// <summary>Id of the audit event that tells of a request, as Kubernetes gives it with every answer.</summary>
    public const string AuditId = "Audit-Id";

    /// <summary>As whom a caller of the API server asks to act, as Kubernetes' clients say it.</summary>
    public const string ImpersonateUser = "Impersonate-User";

    /// <summary>A group of that user; may come several times.</summary>
    public const string ImpersonateGroup = "Impersonate-Group";

    /// <summary>That user's UID.</summary>
    public const string ImpersonateUid = "Impersonate-Uid";

    /// <summary>What else is known of that user: the rest of the name, in percent encoding, is the key.</summary>
    public const string ImpersonateExtraPrefix = "Impersonate-Extra-";

    /// <summary>Release that answered, as NAME@HASH with the first 12 digits of its content hash.</summary>
    public const string Release = Prefix + "release";

    /// <summary>Name of the replica that answered.</summary>
    public const string Replica = Prefix + "replica";

    /// <summary>Whose turn a request takes in an engine's queue.</summary>
    public const string Tenant = Prefix + "tenant";

    /// <summary>Share of the engine that tenant's requests get relative to others.</summary>
    public const string TenantWeight = Prefix + "tenant-weight";

    /// <summary>
    /// Place of the caller's requests in an engine's queue: a whole number of which a lower one is computed earlier, as in vLLM.
    /// </summary>
    public const string Priority = Prefix + "priority";

    /// <summary>
    /// Whose cached prompts a request may find: those sent with the same text here. A hash, together with the body's cache_salt.
    /// </summary>
    public const string CacheSalt = Prefix + "cache-salt";

    /// <summary>Longest wait in an engine's queue.</summary>
    public const string QueueTimeout = Prefix + "queue-timeout";

    /// <summary>Where a browser says that what sends a request comes from, also where it names no origin.</summary>
    public const string FetchSite = "Sec-Fetch-Site";

    /// <summary>"false" tells OpenAI's clients not to send the request again.</summary>
    public const string ShouldRetry = "x-should-retry";

    /// <summary>Keeps a client on one release during a rollout, unless the service names another header.</summary>
    public const string SessionId = "x-session-id";

    /// <summary>"navigate" where a browser goes to the address.</summary>
    public const string FetchMode = "Sec-Fetch-Mode";

    /// <summary>"document" where the answer becomes the whole page.</summary>
    public const string FetchDestination = "Sec-Fetch-Dest";

    /// <summary>What an answer tells its client, for servers that must name the headers which scripts of other origins may read.</summary>
    public static IReadOnlyList<string> ToldToClients { get; } =
        [RequestId, AnthropicRequestId, Release, Replica, ShouldRetry, "Retry-After"];
}
