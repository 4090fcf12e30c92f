namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// Ids of responses and of what is in them. Those of items hold their response's, so that an item that a client only names is found where
/// it is kept.
/// </summary>
internal static class ResponseIds
{
    private const string Prefix = "resp_";
    private const int KeyLength = 32;

    /// <summary>A key that nobody guesses, which all ids of one response share.</summary>
    public static string NewKey() => Guid.NewGuid().ToString("N");

    public static string OfResponse(string key) => Prefix + key;

    /// <param name="kind">What the item is, such as "msg".</param>
    /// <param name="key">The response's.</param>
    /// <param name="number">Its place there; what went in counts by itself.</param>
    public static string OfItem(string kind, string key, string number) => $"{kind}_{key}_{number}";

    /// <summary>The response that an item's id points to; null for an id that is none of these.</summary>
    public static string? ResponseOf(string itemId)
    {
        string[] parts = itemId.Split('_');
        return parts is [_, { Length: KeyLength } key, _] ? OfResponse(key) : null;
    }
}
