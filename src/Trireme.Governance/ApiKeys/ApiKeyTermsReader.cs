using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.Governance.ApiKeys;

/// <summary>Reads what a key allows out of its Secret. A word that is not understood makes the key useless: it was to allow less.</summary>
internal static class ApiKeyTermsReader
{
    /// <summary>Null when the terms were read, else what is wrong with the Secret.</summary>
    public static string? TryRead(Secret secret, out ApiKeyTerms terms)
    {
        terms = new ApiKeyTerms();
        if (secret.Has(ApiKey.PriorityEntry))
        {
            if (PriorityOf(secret) is not { } priority)
            {
                return $"data.priority is not a whole number from {ApiKey.PriorityMin} to {ApiKey.PriorityMax} in base64";
            }

            terms = terms with { Priority = priority };
        }

        if (secret.Has(ApiKey.ExpiresEntry))
        {
            if (ExpiresOf(secret) is not { } expires) return "data.expires is not a time such as 2027-01-31T00:00:00Z in base64";
            terms = terms with { Expires = expires };
        }

        if (secret.Has(ApiKey.ServicesEntry))
        {
            string[] services = (secret.Text(ApiKey.ServicesEntry) ?? "").Split(',', StringSplitOptions.TrimEntries);
            if (!services.All(NameRules.IsSubdomain)) return "data.services is not names of services with commas between them in base64";
            terms = terms with { Services = services };
        }

        if (secret.Has(ApiKey.UsageEntry))
        {
            string? problem = UsageSpec.TryParse(secret.Text(ApiKey.UsageEntry) ?? "", out UsageSpec? usage);
            if (problem is not null) return $"data.usage is not an object such as {{\"tokensPerMinute\": 1000}} in base64: {problem}";
            terms = terms with { Usage = usage };
        }

        return null;
    }

    private static int? PriorityOf(Secret secret)
    {
        bool isNumber = int.TryParse(
            secret.Text(ApiKey.PriorityEntry), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority);
        return isNumber && priority is >= ApiKey.PriorityMin and <= ApiKey.PriorityMax ? priority : null;
    }

    private static DateTimeOffset? ExpiresOf(Secret secret) =>
        DateTimeOffset.TryParseExact(
            secret.Text(ApiKey.ExpiresEntry),
            "yyyy-MM-dd'T'HH:mm:ssK",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out DateTimeOffset expires)
            ? expires
            : null;
}
