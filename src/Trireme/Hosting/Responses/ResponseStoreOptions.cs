namespace Trireme.Hosting.Responses;

/// <summary>How many responses are kept, and for how long.</summary>
internal sealed record ResponseStoreOptions
{
    /// <summary>Bytes of all that are kept, over all keys; 0 keeps none.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>How long one is kept. OpenAI keeps them as long.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);
}
