using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// What requests may use at most; what is absent is not limited. A limit is never passed, however many requests run at once: tokens are
/// counted before a client gets them, and an answer that meets a limit ends with an error that names it.
/// </summary>
public sealed record UsageSpec
{
    /// <summary>Limits nothing.</summary>
    public static UsageSpec Unlimited { get; } = new();

    /// <summary>Reads them where they stand as text; null, or what is wrong with it.</summary>
    public static string? TryParse(string json, out UsageSpec? usage)
    {
        usage = null;
        try
        {
            JsonNode? node = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 2 });
            var errors = new FieldErrors();
            SchemaNode schema = ResourceCatalog.TenantPolicies.Schema.Find(["spec", "usagePerKey"])!;
            new SchemaValidator(errors).Validate(node, schema);
            if (errors.Items.Count > 0) return string.Join("; ", errors.Items);
            usage = node.Deserialize<UsageSpec>(ResourceJson.Options);
            return usage is null ? "it is null" : null;
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Requests begun within any minute.</summary>
    [Range(0, 1_000_000_000)]
    public long? RequestsPerMinute { get; init; }

    /// <summary>Tokens of prompts and answers within any minute.</summary>
    [Range(0, 1_000_000_000_000)]
    public long? TokensPerMinute { get; init; }

    /// <summary>Requests that are answered at one time.</summary>
    [Range(0, 1_000_000)]
    public int? ConcurrentRequests { get; init; }

    /// <summary>What tokens may cost in a day of UTC, by the prices of the services.</summary>
    [Range(0, 1_000_000_000)]
    public double? CostPerDay { get; init; }

    /// <summary>What tokens may cost in a calendar month of UTC, by the prices of the services.</summary>
    [Range(0, 1_000_000_000)]
    public double? CostPerMonth { get; init; }
}

/// <summary>What a million tokens cost, in the one currency of all prices. Absent prices are none.</summary>
public sealed record PriceSpec
{
    /// <summary>Tokens of prompts.</summary>
    [Range(0, 1_000_000)]
    public double Prompt { get; init; }

    /// <summary>Tokens of prompts that the engine's cache held; as much as others where it is absent.</summary>
    [Range(0, 1_000_000)]
    public double? CachedPrompt { get; init; }

    /// <summary>Generated tokens.</summary>
    [Range(0, 1_000_000)]
    public double Output { get; init; }
}
