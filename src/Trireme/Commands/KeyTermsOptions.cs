using System.CommandLine;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Governance.ApiKeys;

namespace Trireme.Commands;

/// <summary>The options that say what a key allows.</summary>
internal sealed class KeyTermsOptions
{
    private readonly Option<int> _priority = NumberOption.Of(
        "--priority",
        "Place of its requests in an engine's queue: a lower number is computed earlier.",
        ApiKey.PriorityMin,
        ApiKey.PriorityMax,
        0);

    private readonly Option<Duration?> _expires = new("--expires")
    {
        Description = "How long it opens anything, such as 720h; for ever where it is left out.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool read = Duration.TryParse(text, out Duration duration);
            if (read && duration > Duration.Zero) return duration;
            result.AddError($"--expires: \"{text}\" {(read ? "must be longer than 0s" : Duration.Problem(text))}.");
            return null;
        },
    };

    private readonly Option<string[]> _services = new("--service")
    {
        Description = "A service that it opens, and no other; may be given several times. All of the namespace where it is left out.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<long?> _requests = NumberOption.Optional(
        "--requests-per-minute", "Most requests that begin within any minute.", 0L, 1_000_000_000L);

    private readonly Option<long?> _tokens = NumberOption.Optional(
        "--tokens-per-minute", "Most tokens of prompts and answers within any minute.", 0L, 1_000_000_000_000L);

    private readonly Option<int?> _concurrent = NumberOption.Optional(
        "--concurrent-requests", "Most requests that are answered at one time.", 0, 1_000_000);

    private readonly Option<double?> _day = NumberOption.Optional(
        "--cost-per-day", "Most that its tokens cost in a day of UTC, by the services' prices.", 0.0, 1e9);

    private readonly Option<double?> _month = NumberOption.Optional(
        "--cost-per-month", "Most that its tokens cost in a calendar month of UTC.", 0.0, 1e9);

    public KeyTermsOptions()
    {
        _services.Validators.Add(static result =>
        {
            foreach (string name in result.Tokens.Select(static token => token.Value).Where(static name => !NameRules.IsSubdomain(name)))
            {
                result.AddError($"--service: \"{name}\" {NameRules.SubdomainRule}.");
            }
        });
    }

    public IReadOnlyList<Option> All => [_priority, _expires, _services, _requests, _tokens, _concurrent, _day, _month];

    public ApiKeyTerms Read(ParseResult parsed, DateTimeOffset now)
    {
        var usage = new UsageSpec
        {
            RequestsPerMinute = parsed.GetValue(_requests),
            TokensPerMinute = parsed.GetValue(_tokens),
            ConcurrentRequests = parsed.GetValue(_concurrent),
            CostPerDay = parsed.GetValue(_day),
            CostPerMonth = parsed.GetValue(_month),
        };
        return new ApiKeyTerms
        {
            Priority = parsed.GetValue(_priority),
            Expires = parsed.GetValue(_expires) is { } duration ? now + duration.Value : null,
            Services = [.. (parsed.GetValue(_services) ?? []).Distinct()],
            Usage = usage == UsageSpec.Unlimited ? null : usage,
        };
    }
}
