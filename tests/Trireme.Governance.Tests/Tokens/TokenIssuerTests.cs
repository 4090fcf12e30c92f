using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Contracts.Identity;
using Trireme.Governance.Tokens;
using Trireme.Testing;

namespace Trireme.Governance.Tests.Tokens;

/// <summary>Tokens say what was signed, to whoever has the public key, and nothing else is taken for one.</summary>
public sealed class TokenIssuerTests
{
    private static readonly ServiceAccountClaims Claims = new()
    {
        Id = "id-1",
        Namespace = "a",
        Name = "robot",
        Uid = "uid-1",
        Audiences = ["x", "y"],
        IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000),
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_600),
        Bound = new BoundObject("secret", "s", "uid-2"),
    };

    [Fact]
    public void What_was_signed_is_read_and_the_key_lies_in_a_file_of_its_owner()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pki", "sa.key");
        string token;
        using (var key = SigningKey.LoadOrCreate(path)) token = new TokenIssuer(key).Sign(Claims);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        // Another start, which knows nothing of the first one but the file.
        using var again = SigningKey.LoadOrCreate(path);
        var issuer = new TokenIssuer(again);
        foreach (ServiceAccountClaims? read in (ServiceAccountClaims?[])[issuer.Read(token), issuer.Read(token)])
        {
            Assert.Equal(Claims with { Audiences = read!.Audiences }, read);
            Assert.Equal(Claims.Audiences, read.Audiences);
        }
    }

    [Fact]
    public void Others_check_a_token_by_the_published_key_alone()
    {
        using var folder = new TemporaryFolder();
        using var key = SigningKey.LoadOrCreate(folder.File("sa.key"));
        var issuer = new TokenIssuer(key);
        JsonNode published = JsonNode.Parse(issuer.KeySet)!["keys"]![0]!;
        using var verifier = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint
            {
                X = Base64Url.DecodeFromChars((string)published["x"]!),
                Y = Base64Url.DecodeFromChars((string)published["y"]!),
            },
        });
        string[] parts = issuer.Sign(Claims).Split('.');
        byte[] signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        Assert.True(verifier.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void Nothing_else_is_taken_for_a_token()
    {
        using var folder = new TemporaryFolder();
        using var key = SigningKey.LoadOrCreate(folder.File("sa.key"));
        using var foreign = SigningKey.LoadOrCreate(folder.File("other.key"));
        var issuer = new TokenIssuer(key);
        string token = issuer.Sign(Claims);
        string[] parts = token.Split('.');
        string none = Base64Url.EncodeToString(Encoding.ASCII.GetBytes("""{"alg":"none"}"""));
        string[] bad =
        [
            "", ".", "..", "a.b.c", token[..^1], token + "A", token + ".x", $"{none}.{parts[1]}.", $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}..{parts[2]}", $"{parts[0]}.%.{parts[2]}", new TokenIssuer(foreign).Sign(Claims), new string('a', 1 << 20),
            $"{parts[0]}.{parts[1]}.{new TokenIssuer(foreign).Sign(Claims).Split('.')[2]}",
        ];
        foreach (string text in bad) Assert.Null(issuer.Read(text));

        // Each bit of the claims counts.
        byte[] claims = Base64Url.DecodeFromChars(parts[1]);
        for (int bit = 0; bit < claims.Length * 8; bit += 7)
        {
            claims[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(issuer.Read($"{parts[0]}.{Base64Url.EncodeToString(claims)}.{parts[2]}"));
            claims[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.NotNull(issuer.Read(token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_that_holds_no_key_is_refused_with_what_to_do(string content)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sa.key");
        File.WriteAllText(path, content);
        string message = Assert.Throws<InvalidDataException>(() => SigningKey.LoadOrCreate(path)).Message;
        Assert.Contains("remove it for a new key", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_key_alone_is_no_key_to_sign_with()
    {
        using var folder = new TemporaryFolder();
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string path = folder.File("sa.key");
        File.WriteAllText(path, made.ExportSubjectPublicKeyInfoPem());
        Assert.Throws<InvalidDataException>(() => SigningKey.LoadOrCreate(path));
    }
}
