namespace Trireme.Fleet.Routing;

/// <summary>
/// What a request costs at a replica, in tokens of prompts to compute: those of others that wait there before its first token, those of
/// its own that are not cached there, and the answers that run there, each of which slows a step. Divided by the prompt it is the share
/// that is not cached and the load relative to it, so the least is the best score of a router that weighs a cached prefix against load.
/// </summary>
public static class FirstTokenCost
{
    /// <summary>
    /// What a request in flight costs another one, in prompt tokens. In the replay of bench/README.md 1, 16, 64, 256 and 1024 differ by
    /// less than a percent.
    /// </summary>
    public const int PerRequest = 64;

    /// <summary>
    /// How much more a token counts that is computed though another replica has it cached: besides this request all wait for it that come
    /// after, and it takes the place of what they could have found. With 1 a request goes wherever it is answered first and 77 % of what
    /// can be found cached is found in the replay of bench/README.md, with 4 92 %, with 8 96 % and with 16 98 %; the p95 of the time to the
    /// first token is 5.4 s with 1 to 8, and 5.6 s with 16.
    /// </summary>
    public const int UncachedWeight = 8;

    /// <param name="load">What the replica has to do.</param>
    /// <param name="uncached">Tokens of the prompt that it has to compute.</param>
    public static long Of(ReplicaLoad load, long uncached) =>
        load.PendingTokens + (UncachedWeight * uncached) + ((long)PerRequest * load.Requests);
}

/// <summary>What a replica has to do.</summary>
/// <param name="Requests">Requests in flight.</param>
/// <param name="PendingTokens">Tokens of their prompts that are not computed yet, as far as that is known.</param>
public readonly record struct ReplicaLoad(int Requests, long PendingTokens);
