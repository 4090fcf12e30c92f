using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>How many of some Pods must stay while others are evicted.</summary>
public sealed record PodDisruptionBudget : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "policy/v1";

    public static string TypeKind => "PodDisruptionBudget";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Which Pods, and how many of them.</summary>
    public PodDisruptionBudgetSpec? Spec { get; init; }

    /// <summary>How many may go now.</summary>
    public PodDisruptionBudgetStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Spec is not { } spec) return;
        if (spec is { MinAvailable: not null, MaxUnavailable: not null })
        {
            errors.Wrong("spec", Name(spec), "minAvailable and maxUnavailable cannot be both set");
        }

        ValidateShare("spec.minAvailable", spec.MinAvailable, errors);
        ValidateShare("spec.maxUnavailable", spec.MaxUnavailable, errors);
        spec.Selector?.Validate("spec.selector", errors);
        errors.OneOf("spec.unhealthyPodEvictionPolicy", spec.UnhealthyPodEvictionPolicy, "IfHealthyBudget", "AlwaysAllow");
    }

    private static string Name(PodDisruptionBudgetSpec spec) => $"minAvailable={spec.MinAvailable}, maxUnavailable={spec.MaxUnavailable}";

    private static void ValidateShare(string field, JsonNode? value, FieldErrors errors)
    {
        if (value is null) return;
        if (DisruptionShare.TryRead(value, out DisruptionShare share))
        {
            if (share.Number < 0) errors.Wrong(field, share.Number, "must be greater than or equal to 0");
            bool isMore = share is { IsPercent: true, Number: > 100 };
            if (isMore) errors.Wrong(field, value.ToString(), "must not be greater than 100%");
            return;
        }

        errors.Wrong(field, value.ToString(), "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
            + "'93%', regex used for validation is '[0-9]+%')");
    }
}

/// <summary>A number of Pods, or a share of them in percent.</summary>
/// <param name="Number">The number, or the percentage.</param>
/// <param name="IsPercent">Whether it is a percentage.</param>
public readonly record struct DisruptionShare(int Number, bool IsPercent)
{
    public static bool TryRead(JsonNode value, out DisruptionShare share)
    {
        share = default;
        if (value is not JsonValue plain) return false;
        string text = plain.ToString();
        bool isNumber = plain.GetValueKind() == JsonValueKind.Number;
        bool isPercent = !isNumber && text.EndsWith('%');
        if (!isNumber && !isPercent) return false;
        string digits = isPercent ? text[..^1] : text;
        NumberStyles style = isPercent ? NumberStyles.None : NumberStyles.AllowLeadingSign;
        if (!int.TryParse(digits, style, CultureInfo.InvariantCulture, out int number)) return false;
        share = new DisruptionShare(number, isPercent);
        return true;
    }

    /// <summary>Of how many Pods that is, where it is a share rounded up.</summary>
    public int Of(int total) => IsPercent ? (int)Math.Ceiling(total * (double)Number / 100) : Number;
}

/// <summary>What of some Pods must stay.</summary>
public sealed record PodDisruptionBudgetSpec
{
    /// <summary>How many must be left, as a number or as a share such as 50%.</summary>
    public JsonNode? MinAvailable { get; init; }

    /// <summary>How many may be missing, as a number or as a share such as 50%.</summary>
    public JsonNode? MaxUnavailable { get; init; }

    /// <summary>Which Pods; an empty one takes all of the namespace, and none at all takes none.</summary>
    public LabelSelector? Selector { get; init; }

    /// <summary>IfHealthyBudget or AlwaysAllow: when Pods that are not ready may go.</summary>
    public string? UnhealthyPodEvictionPolicy { get; init; }
}

/// <summary>How many of the Pods may go now.</summary>
public sealed record PodDisruptionBudgetStatus
{
    /// <summary>Generation of the spec that it is of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods that may be evicted and have not gone yet, with the time.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset>? DisruptedPods { get; init; }

    /// <summary>How many may go.</summary>
    public int DisruptionsAllowed { get; init; }

    /// <summary>How many are ready.</summary>
    public int CurrentHealthy { get; init; }

    /// <summary>How many must be.</summary>
    public int DesiredHealthy { get; init; }

    /// <summary>How many there are, or should be.</summary>
    public int ExpectedPods { get; init; }

    /// <summary>DisruptionAllowed, and why not.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
