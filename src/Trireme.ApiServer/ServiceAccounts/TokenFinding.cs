using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>What was found out about a token.</summary>
/// <param name="User">Whose it is; null if it is not accepted.</param>
/// <param name="Audiences">For whom of those that were asked about it is.</param>
/// <param name="Error">Why it is not accepted, in Kubernetes' words.</param>
internal sealed record TokenFinding(UserInfo? User, IReadOnlyList<string> Audiences, string? Error)
{
    private const string Invalid = "invalid bearer token";

    public static TokenFinding Unknown { get; } = new(null, [], Invalid);

    public static TokenFinding Bad(string why) => new(null, [], $"[{Invalid}, {why}]");
}
