using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Identity;

/// <summary>
/// The secret of one launch of an engine: a replica obeys only who presents it. It lies in a file that its owner alone can read, and never
/// shows itself as text, so that no log, object or error can hold it by mistake.
/// </summary>
public sealed class ReplicaKey : IEquatable<ReplicaKey>
{
    private const string Scheme = "Bearer ";

    private const int RandomBytes = 32;

    /// <summary>Less can be tried out.</summary>
    private const int CharactersMin = 16;

    private const int CharactersMax = 1024;

    private readonly string _key;
    private readonly string _authorization;
    private readonly byte[] _hash;

    private ReplicaKey(string key)
    {
        _key = key;
        _hash = Hash(key);
        _authorization = Scheme + key;
    }

    /// <summary>A new key of 256 random bits.</summary>
    public static ReplicaKey Create() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes)));

    /// <summary>A key as a file holds it.</summary>
    /// <param name="text">One line of printable ASCII without spaces, 16 to 1024 characters; white space around it does not count.</param>
    /// <param name="key">The key.</param>
    /// <returns>False for anything else.</returns>
    public static bool TryParse(string text, out ReplicaKey? key)
    {
        string trimmed = text.Trim();
        bool usable = trimmed.Length is >= CharactersMin and <= CharactersMax && trimmed.All(static c => c is > ' ' and <= '~');
        key = usable ? new ReplicaKey(trimmed) : null;
        return usable;
    }

    /// <summary>Reads a key from its file.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no key.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ReplicaKey Read(string path)
    {
        using FileStream stream = RegularFile.OpenRead(path, bufferBytes: 0);
        using var file = new StreamReader(stream, Encoding.UTF8);
        var text = new char[2 * CharactersMax];
        int length = file.ReadBlock(text);
        return TryParse(new string(text, 0, length), out ReplicaKey? key)
            ? key!
            : throw new IOException($"{path} holds no key: one line of {CharactersMin} to {CharactersMax} printable characters.");
    }

    /// <summary>Writes the file, for its owner only.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path) => PrivateFile.Write(path, _key + "\n");

    /// <summary>The Authorization header that presents this key. Only what sends it asks for it.</summary>
    public string ToAuthorization() => _authorization;

    /// <summary>
    /// Whether a request's Authorization header presents this key. How long that takes does not tell how much of it is right.
    /// </summary>
    public bool Matches(string? authorization) =>
        authorization is not null
        && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(_hash, Hash(authorization[Scheme.Length..].Trim()));

    public bool Equals(ReplicaKey? other) => other is not null && CryptographicOperations.FixedTimeEquals(_hash, other._hash);

    public override bool Equals(object? obj) => Equals(obj as ReplicaKey);

    public override int GetHashCode() => BitConverter.ToInt32(_hash);

    /// <summary>Never the key.</summary>
    public override string ToString() => "(secret)";

    /// <summary>Hashes have one length, so that a comparison does not tell that of the key.</summary>
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
