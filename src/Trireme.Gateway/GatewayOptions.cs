namespace Trireme.Gateway;

/// <summary>Limits of the gateway. The defaults suit one gateway in front of engines on the same network.</summary>
public sealed record GatewayOptions
{
    /// <summary>
    /// Largest request body in bytes; a larger one is refused with 413. Each open request holds its body in memory for retries.
    /// </summary>
    public int MaxRequestBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Bytes of all request bodies held at a time, of which one tenant's requests get at most half; what does not fit is refused with 503.
    /// </summary>
    public long MaxBufferedBytes { get; init; } = 256 << 20;

    /// <summary>Requests of one key whose bodies may be on their way at a time; more are refused with 503.</summary>
    public int MaxIncomingBodies { get; init; } = 256;

    /// <summary>
    /// Bytes of an unstreamed answer held back until it is complete, so that a replica that dies while it answers is replaced unseen.
    /// A longer answer is passed on as it comes, and its tokens are metered only where it reports them first. Also the longest event of a
    /// stream.
    /// </summary>
    public int MaxHeldResponseBytes { get; init; } = 4 << 20;

    /// <summary>Longest wait for a connection to a replica.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest silence of a replica, before its answer and within it. OpenAI's clients give up after as long.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Replicas one request may be sent to, the first included.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Retries as a share of a service's requests, so that retries never multiply an overload.</summary>
    public double RetryBudgetRatio { get; init; } = 0.2;

    /// <summary>Retries a service may spend before it has earned any, and the most it can save up.</summary>
    public int RetryBudgetReserve { get; init; } = 20;

    /// <summary>How long a replica that refuses connections is ejected: it gets no request.</summary>
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a request waits for a replica when its service has none.</summary>
    public TimeSpan ReadyWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests that may wait at the same time; more are refused with 503 at once.</summary>
    public int MaxWaitingRequests { get; init; } = 1000;

    /// <summary>Web pages' origins, such as https://chat.example, whose scripts a browser lets call the gateway; "*" for all.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Sent as Retry-After with 503.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}
