namespace Trireme.Contracts.Http;

/// <summary>Limits of requests that every part on their way keeps, so that what one takes no other refuses.</summary>
public static class RequestLimits
{
    /// <summary>Levels of a JSON body: what System.Text.Json reads unless told otherwise, and deep enough for any tool's schema.</summary>
    public const int JsonLevels = 64;

    /// <summary>
    /// Bytes of the largest body that counts as ordinary. Those have room of their own wherever bodies share memory, so that large ones
    /// never keep them out.
    /// </summary>
    public const int OrdinaryBodyBytes = 64 << 10;
}
