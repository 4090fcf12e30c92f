using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Storage;

namespace Trireme.Governance.Tokens;

/// <summary>
/// The platform's own key for tokens: ECDSA over P-256 with SHA-256, in a file that its owner alone can read. A key that was lost ends all
/// tokens under it.
/// </summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    private SigningKey(ECDsa key)
    {
        _key = key;
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        X = Base64Url.EncodeToString(parameters.Q.X);
        Y = Base64Url.EncodeToString(parameters.Q.Y);
        // The thumbprint of RFC 7638: a hash of the members that make the key, in this order.
        string members = $$"""{"crv":"P-256","kty":"EC","x":"{{X}}","y":"{{Y}}"}""";
        Id = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(members)));
    }

    /// <summary>"kid": tells the key from others.</summary>
    public string Id { get; }

    /// <summary>Coordinates of the public point in base64url.</summary>
    public string X { get; }

    public string Y { get; }

    /// <summary>Reads the key, or makes one where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file holds no such key.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static SigningKey LoadOrCreate(string path)
    {
        if (!Path.Exists(path))
        {
            var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.Write(path, made.ExportPkcs8PrivateKeyPem());
            return new SigningKey(made);
        }

        string pem = SmallFile.ReadAllText(path);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true) is { D: not null } && key.KeySize == 256) return new SigningKey(key);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            // Told below, in the same words as a key of another kind.
        }

        key.Dispose();
        throw new InvalidDataException(
            $"{path} holds no private key over P-256 in PEM. Put the right file there, or remove it for a new key: tokens of service "
            + "accounts then have to be asked for again.");
    }

    /// <summary>A signature of 64 bytes, as JWS takes it (RFC 7518, section 3.4).</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_lock) return _key.SignData(data, HashAlgorithmName.SHA256);
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (_lock) return _key.VerifyData(data, signature, HashAlgorithmName.SHA256);
    }

    public void Dispose() => _key.Dispose();
}
