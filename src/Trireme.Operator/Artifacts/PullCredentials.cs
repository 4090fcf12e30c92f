using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>Who asks for files. No record, so that no message or log shows what is in it.</summary>
internal sealed class PullCredentials
{
    private const string TokenKey = "token";
    private const string AccessKey = "accessKeyId";
    private const string SecretKey = "secretAccessKey";
    private const string SessionKey = "sessionToken";

    /// <summary>Far more than any token has.</summary>
    private const int LengthMax = 8192;

    public static PullCredentials None { get; } = new();

    /// <summary>The Secret's name, for messages; null without one.</summary>
    public string? SecretName { get; private init; }

    /// <summary>What is sent to the hub, or to a web server, as its bearer.</summary>
    public string? Token { get; private init; }

    public string? AccessKeyId { get; private init; }

    public string? SecretAccessKey { get; private init; }

    public string? SessionToken { get; private init; }

    /// <summary>What to do about an answer that says no.</summary>
    public string Advice => SecretName is null
        ? "name a Secret with a token that may read it in spec.pullSecret of a new release"
        : $"put a token that may read it into the Secret \"{SecretName}\"";

    /// <exception cref="FetchException">A value is no text that could be sent, or half of a pair is missing.</exception>
    public static PullCredentials Of(Secret secret)
    {
        string name = secret.Metadata.Name;
        var credentials = new PullCredentials
        {
            SecretName = name,
            Token = Value(secret, TokenKey),
            AccessKeyId = Value(secret, AccessKey),
            SecretAccessKey = Value(secret, SecretKey),
            SessionToken = Value(secret, SessionKey),
        };
        if (credentials.AccessKeyId is null != credentials.SecretAccessKey is null)
        {
            string missing = credentials.AccessKeyId is null ? AccessKey : SecretKey;
            throw Invalid($"The Secret \"{name}\" lacks \"{missing}\", which belongs to its other half; add it.");
        }

        return credentials.Token is null && credentials.AccessKeyId is null
            ? throw Invalid($"The Secret \"{name}\" holds neither \"{TokenKey}\" nor \"{AccessKey}\" and \"{SecretKey}\"; add them.")
            : credentials;
    }

    public static FetchException Missing(string name) =>
        Invalid($"spec.pullSecret names the Secret \"{name}\", which is not in the release's namespace; create it there.");

    public override string ToString() => SecretName is null ? "no credentials" : $"credentials of the Secret \"{SecretName}\"";

    private static string? Value(Secret secret, string key)
    {
        if (secret.Data?.GetValueOrDefault(key) is not { } encoded) return null;
        try
        {
            string value = Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Trim();
            if (value.Length is > 0 and <= LengthMax && value.All(static letter => letter is > ' ' and < '\x7f')) return value;
        }
        catch (FormatException)
        {
            // Said below.
        }

        throw Invalid($"\"{key}\" of the Secret \"{secret.Metadata.Name}\" is empty or no text in base64 without blanks; correct it.");
    }

    private static FetchException Invalid(string message) => new(FetchProblem.Refused(FetchReasons.PullSecretInvalid, message));
}
