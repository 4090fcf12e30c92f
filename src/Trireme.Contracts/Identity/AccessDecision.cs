namespace Trireme.Contracts.Identity;

/// <summary>Whether a request may go on, and why; the reason is shown to the caller when it may not.</summary>
public readonly record struct AccessDecision
{
    private AccessDecision(bool isAllowed, string reason)
    {
        IsAllowed = isAllowed;
        Reason = reason;
    }

    public bool IsAllowed { get; }

    public string Reason { get; }

    public static AccessDecision Allow(string reason) => new(true, reason);

    public static AccessDecision Deny(string reason) => new(false, reason);
}
