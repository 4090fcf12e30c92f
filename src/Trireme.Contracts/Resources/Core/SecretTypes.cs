using System.Text;
using System.Text.Json;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>What Kubernetes' own types of Secrets must hold, so that whoever mounts one finds it.</summary>
internal static class SecretTypes
{
    private const string AccountName = "kubernetes.io/service-account.name";

    public static void Validate(Secret secret, FieldErrors errors)
    {
        switch (secret.Type)
        {
            case "kubernetes.io/tls":
                Require(secret, "tls.crt", errors);
                Require(secret, "tls.key", errors);
                break;
            case "kubernetes.io/ssh-auth":
                Require(secret, "ssh-privatekey", errors);
                break;
            case "kubernetes.io/basic-auth":
                if (Has(secret, "username") || Has(secret, "password")) break;
                errors.Required("data[username]", "must be set, or data[password]");
                errors.Required("data[password]", "must be set, or data[username]");
                break;
            case "kubernetes.io/dockercfg":
                RequireJson(secret, ".dockercfg", errors);
                break;
            case "kubernetes.io/dockerconfigjson":
                RequireJson(secret, ".dockerconfigjson", errors);
                break;
            case "kubernetes.io/service-account-token":
                if (secret.Metadata.Annotations?.GetValueOrDefault(AccountName) is { Length: > 0 }) break;
                errors.Required($"metadata.annotations[{AccountName}]", "must name the service account");
                break;
        }
    }

    private static bool Has(Secret secret, string key) =>
        secret.Data?.ContainsKey(key) == true || secret.StringData?.ContainsKey(key) == true;

    private static void Require(Secret secret, string key, FieldErrors errors)
    {
        if (!Has(secret, key)) errors.Required($"data[{key}]", $"must be set in a Secret of type {secret.Type}");
    }

    private static void RequireJson(Secret secret, string key, FieldErrors errors)
    {
        Require(secret, key, errors);
        if (!Has(secret, key) || IsJson(secret, key)) return;
        errors.Invalid($"data[{key}]", "must be JSON");
    }

    private static bool IsJson(Secret secret, string key)
    {
        try
        {
            // Text is laid over data, as the server does.
            byte[] bytes = secret.StringData?.GetValueOrDefault(key) is { } text
                ? Encoding.UTF8.GetBytes(text)
                : Convert.FromBase64String(secret.Data![key]);
            using JsonDocument parsed = JsonDocument.Parse(bytes);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return false;
        }
    }
}
