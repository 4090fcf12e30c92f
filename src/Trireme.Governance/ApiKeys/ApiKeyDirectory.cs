using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.ApiKeys;

/// <summary>All valid API keys at one moment. Immutable: built anew when a Secret changes and swapped whole.</summary>
public sealed class ApiKeyDirectory
{
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    /// <summary>
    /// By id. An id names a list, because ids are not secret: a tenant who copies another's id into a Secret must not lock that
    /// other key out.
    /// </summary>
    private readonly FrozenDictionary<string, Entry[]> _entries;
    private readonly FrozenDictionary<string, Entry[]>.AlternateLookup<ReadOnlySpan<char>> _byId;

    private ApiKeyDirectory(FrozenDictionary<string, Entry[]> entries, IReadOnlyList<RejectedApiKey> rejected)
    {
        _entries = entries;
        _byId = entries.GetAlternateLookup<ReadOnlySpan<char>>();
        Rejected = rejected;
    }

    public static ApiKeyDirectory Empty { get; } = Build([]);

    /// <summary>Secrets of the key type that hold no usable key, with the reason; the key they were meant for does not work.</summary>
    public IReadOnlyList<RejectedApiKey> Rejected { get; }

    public int Count => _entries.Values.Sum(static entries => entries.Length);

    /// <summary>Reads the keys out of Secrets; Secrets of other types and those being deleted are left out.</summary>
    public static ApiKeyDirectory Build(IEnumerable<Secret> secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var entries = new List<Entry>();
        var rejected = new List<RejectedApiKey>();
        foreach (Secret secret in secrets)
        {
            if (secret.Type != TriremeApi.ApiKeySecretType || secret.Metadata.IsDeleting) continue;
            string? problem = TryRead(secret, out Entry? entry);
            if (entry is not null) entries.Add(entry);
            else rejected.Add(new RejectedApiKey(secret.Metadata.Namespace ?? "", secret.Metadata.Name, problem ?? ""));
        }

        FrozenDictionary<string, Entry[]> byId = entries
            .GroupBy(static entry => entry.Identity.KeyId, StringComparer.Ordinal)
            .ToFrozenDictionary(static group => group.Key, static group => group.ToArray(), StringComparer.Ordinal);
        return new ApiKeyDirectory(byId, rejected);
    }

    /// <summary>
    /// Finds out whose key this is. Allocates nothing; the time it takes depends on the presented text only, not on how much of a
    /// stored hash it matches.
    /// </summary>
    public bool TryIdentify(ReadOnlySpan<char> presented, [NotNullWhen(true)] out ApiKeyIdentity? identity)
    {
        identity = null;
        if (presented.Length != ApiKey.Length || !presented.StartsWith(ApiKey.Prefix)) return false;
        ReadOnlySpan<char> id = presented.Slice(ApiKey.Prefix.Length, ApiKey.IdLength);
        if (presented[ApiKey.Prefix.Length + ApiKey.IdLength] != '_') return false;

        Span<byte> secret = stackalloc byte[ApiKey.SecretLength];
        if (Ascii.FromUtf16(presented[^ApiKey.SecretLength..], secret, out _) != OperationStatus.Done) return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, hash);

        if (!_byId.TryGetValue(id, out Entry[]? candidates))
        {
            CryptographicOperations.FixedTimeEquals(hash, NoHash);
            return false;
        }

        foreach (Entry candidate in candidates)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, candidate.Hash)) identity = candidate.Identity;
        }

        return identity is not null;
    }

    /// <summary>Null when the entry was read, else what is wrong with the Secret.</summary>
    private static string? TryRead(Secret secret, out Entry? entry)
    {
        entry = null;
        if (string.IsNullOrEmpty(secret.Metadata.Namespace)) return "metadata.namespace is empty";
        if (secret.Text(ApiKey.IdEntry) is not { Length: ApiKey.IdLength } id)
        {
            return $"data.id is not {ApiKey.IdLength} characters in base64";
        }

        string? hex = secret.Text(ApiKey.HashEntry);
        byte[] hash = new byte[SHA256.HashSizeInBytes];
        bool complete = hex is { Length: 2 * SHA256.HashSizeInBytes }
            && Convert.FromHexString(hex, hash, out _, out _) == OperationStatus.Done;
        if (!complete) return "data.hash is not a SHA-256 in hexadecimal digits in base64";
        if (ApiKeyTermsReader.TryRead(secret, out ApiKeyTerms terms) is { } problem) return problem;
        string name = secret.Text(ApiKey.NameEntry) ?? secret.Metadata.Name;
        entry = new Entry(new ApiKeyIdentity(secret.Metadata.Namespace, id, name, terms), hash);
        return null;
    }

    private sealed record Entry(ApiKeyIdentity Identity, byte[] Hash);
}

/// <summary>A Secret of the key type without a usable key.</summary>
public sealed record RejectedApiKey(string Namespace, string Name, string Problem);
