namespace Trireme.Governance.ApiKeys;

/// <summary>Who presents a key.</summary>
/// <param name="Namespace">The tenant.</param>
/// <param name="KeyId">The part of the key that may be shown.</param>
/// <param name="Name">What the key is for.</param>
public sealed record ApiKeyIdentity(string Namespace, string KeyId, string Name);
