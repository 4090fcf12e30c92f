namespace Trireme.Contracts.Identity;

/// <summary>Who calls, as a host has found out before a part of it answers; a feature of the request.</summary>
/// <param name="User">The caller.</param>
public sealed record KnownCaller(UserInfo User);
