using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Governance.ApiKeys;

/// <summary>
/// The key a client presents: "trk_", an id of eight characters that may be shown and logged, "_", and 32 random bytes in
/// base64url. Only a SHA-256 of the random part is kept. A slow password hash would add nothing: it protects secrets that can be
/// guessed, and 256 random bits cannot.
/// </summary>
public static class ApiKey
{
    public const string Prefix = "trk_";
    public const int IdLength = 8;

    /// <summary>Bounds of a key's priority, of which a lower one is served earlier; 0 is that of a key which says nothing.</summary>
    public const int PriorityMin = -1000;
    public const int PriorityMax = 1000;

    /// <summary>Names of the values in the Secret.</summary>
    internal const string IdEntry = "id";
    internal const string HashEntry = "hash";
    internal const string NameEntry = "name";
    internal const string CreatedEntry = "created";
    internal const string PriorityEntry = "priority";
    internal const string ExpiresEntry = "expires";
    internal const string ServicesEntry = "services";
    internal const string UsageEntry = "usage";

    internal const int SecretLength = 43;
    internal const int Length = 4 + IdLength + 1 + SecretLength;

    private const int SecretBytes = 32;

    /// <summary>Letters and digits that are not mistaken for each other, 32 of them so that each carries five random bits.</summary>
    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>Makes a new key for a namespace. The plaintext exists only in the result; the Secret holds its hash.</summary>
    /// <param name="keyNamespace">The tenant whose services the key opens.</param>
    /// <param name="name">What the key is for, in words people recognise later.</param>
    /// <param name="now">Recorded as the time of creation.</param>
    /// <param name="terms">What it allows; null for all that the namespace does.</param>
    public static NewApiKey Create(string keyNamespace, string name, DateTimeOffset now, ApiKeyTerms? terms = null)
    {
        terms ??= new ApiKeyTerms();
        ArgumentException.ThrowIfNullOrEmpty(keyNamespace);
        ArgumentOutOfRangeException.ThrowIfLessThan(terms.Priority, PriorityMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(terms.Priority, PriorityMax);
        string id = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes(secret));
        var data = new Dictionary<string, string>
        {
            [IdEntry] = Encode(id),
            [HashEntry] = Encode(Convert.ToHexStringLower(hash)),
            [NameEntry] = Encode(name),
            [CreatedEntry] = Encode(Time(now)),
            [PriorityEntry] = Encode(terms.Priority.ToString(CultureInfo.InvariantCulture)),
        };
        if (terms.Expires is { } expires) data[ExpiresEntry] = Encode(Time(expires));
        if (terms.Services.Count > 0) data[ServicesEntry] = Encode(string.Join(',', terms.Services));
        if (terms.Usage is { } usage) data[UsageEntry] = Encode(JsonSerializer.Serialize(usage, ResourceJson.Options));
        return new NewApiKey($"{Prefix}{id}_{secret}", new Secret
        {
            Metadata = new ObjectMeta { Name = $"api-key-{id}", Namespace = keyNamespace },
            Type = TriremeApi.ApiKeySecretType,
            Data = data,
        });
    }

    /// <summary>Reads what a key allows; null, or what is wrong with its Secret.</summary>
    public static string? TryReadTerms(Secret secret, out ApiKeyTerms terms)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return ApiKeyTermsReader.TryRead(secret, out terms);
    }

    /// <summary>The same key, refused from that time on.</summary>
    public static Secret WithExpiry(Secret secret, DateTimeOffset expires)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var data = new Dictionary<string, string>(secret.Data ?? new Dictionary<string, string>());
        data[ExpiresEntry] = Encode(Time(expires));
        return secret with { Data = data };
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Encode(string value) => Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
}

/// <summary>A key that was just made. Show the plaintext once and store only the Secret.</summary>
public sealed record NewApiKey(string Plaintext, Secret Secret)
{
    /// <summary>Leaves the plaintext out, because records print themselves into logs.</summary>
    public override string ToString() => $"NewApiKey {Secret.Metadata.Namespace}/{Secret.Metadata.Name}";
}
