using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>What the single Pods and containers of a namespace may ask for, and what they get that ask for nothing.</summary>
public sealed record LimitRange : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "LimitRange";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>The limits.</summary>
    public LimitRangeSpec? Spec { get; init; }

    public void Validate(FieldErrors errors)
    {
        IReadOnlyList<LimitRangeItem> limits = Spec?.Limits ?? [];
        var types = new HashSet<string>();
        for (int i = 0; i < limits.Count; i++)
        {
            string at = $"spec.limits[{i}]";
            if (!types.Add(limits[i].Type)) errors.Twice(at + ".type", limits[i].Type);
            LimitRules.Validate(limits[i], at, errors);
        }
    }
}

/// <summary>The limits of a namespace's Pods and containers.</summary>
public sealed record LimitRangeSpec
{
    /// <summary>One of each type.</summary>
    public required IReadOnlyList<LimitRangeItem> Limits { get; init; }
}

/// <summary>What objects of a type may ask for.</summary>
public sealed record LimitRangeItem
{
    public const string Container = "Container";
    public const string Pod = "Pod";
    public const string Claim = "PersistentVolumeClaim";

    /// <summary>Container, Pod or PersistentVolumeClaim.</summary>
    public required string Type { get; init; }

    /// <summary>The most of each resource.</summary>
    public IReadOnlyDictionary<string, string>? Max { get; init; }

    /// <summary>The least of each resource.</summary>
    public IReadOnlyDictionary<string, string>? Min { get; init; }

    /// <summary>The limits of containers that say none.</summary>
    public IReadOnlyDictionary<string, string>? Default { get; init; }

    /// <summary>The requests of containers that say none.</summary>
    public IReadOnlyDictionary<string, string>? DefaultRequest { get; init; }

    /// <summary>How many times its request a limit may be at most.</summary>
    public IReadOnlyDictionary<string, string>? MaxLimitRequestRatio { get; init; }
}

/// <summary>Kubernetes' rules for one item of a LimitRange, in its words.</summary>
internal static class LimitRules
{
    public static void Validate(LimitRangeItem item, string at, FieldErrors errors)
    {
        Dictionary<string, Quantity> max = ContainerRules.Amounts(item.Max, at + ".max", errors);
        Dictionary<string, Quantity> min = ContainerRules.Amounts(item.Min, at + ".min", errors);
        Dictionary<string, Quantity> limits = ContainerRules.Amounts(item.Default, at + ".default", errors);
        Dictionary<string, Quantity> requests = ContainerRules.Amounts(item.DefaultRequest, at + ".defaultRequest", errors);
        Dictionary<string, Quantity> ratios = ContainerRules.Amounts(item.MaxLimitRequestRatio, at + ".maxLimitRequestRatio", errors);
        if (item.Type == LimitRangeItem.Pod)
        {
            if (limits.Count > 0) errors.Forbid(at + ".default", "may not be specified when `type` is 'Pod'");
            if (requests.Count > 0) errors.Forbid(at + ".defaultRequest", "may not be specified when `type` is 'Pod'");
        }

        bool isClaim = item.Type == LimitRangeItem.Claim && !min.ContainsKey("storage") && !max.ContainsKey("storage");
        if (isClaim) errors.Missing(at, "either minimum or maximum storage value is required, but neither was provided");
        foreach (string name in max.Keys.Union(min.Keys).Union(limits.Keys).Union(requests.Keys).Union(ratios.Keys))
        {
            Ordered("min", min, "max", max, "min value {0} is greater than max value {1}", blamed: "min");
            Ordered("min", min, "defaultRequest", requests, "min value {0} is greater than default request value {1}", "defaultRequest");
            Ordered("defaultRequest", requests, "max", max, "default request value {0} is greater than max value {1}", "defaultRequest");
            Ordered(
                "defaultRequest", requests, "default", limits, "default request value {0} is greater than default limit value {1}",
                "defaultRequest");
            Ordered("min", min, "default", limits, "min value {0} is greater than default value {1}", "default");
            Ordered("default", limits, "max", max, "default value {0} is greater than max value {1}", "default");
            ValidateRatio(name, ratios, min, max, at + ".maxLimitRequestRatio", errors);

            void Ordered(
                string lessName, Dictionary<string, Quantity> less, string moreName, Dictionary<string, Quantity> more, string text,
                string blamed)
            {
                if (!less.TryGetValue(name, out Quantity low) || !more.TryGetValue(name, out Quantity high) || low <= high) return;
                string value = (blamed == lessName ? low : blamed == moreName ? high : low).ToString();
                string why = text.Replace("{0}", low.ToString(), StringComparison.Ordinal)
                    .Replace("{1}", high.ToString(), StringComparison.Ordinal);
                errors.Wrong($"{at}.{blamed}[{name}]", value, why);
            }
        }
    }

    private static void ValidateRatio(
        string name,
        Dictionary<string, Quantity> ratios,
        Dictionary<string, Quantity> min,
        Dictionary<string, Quantity> max,
        string at,
        FieldErrors errors)
    {
        if (!ratios.TryGetValue(name, out Quantity ratio)) return;
        if (ratio < Quantity.Of(1)) errors.Wrong($"{at}[{name}]", ratio.ToString(), $"ratio {ratio} is less than 1");
        if (!min.TryGetValue(name, out Quantity least) || !max.TryGetValue(name, out Quantity most) || least.Value <= 0) return;
        double between = (double)(most.Value / least.Value);
        if (between > 0 && (double)ratio.Value > between)
        {
            string why = string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"ratio {ratio} is greater than max/min = {between:F6}");
            errors.Wrong($"{at}[{name}]", ratio.ToString(), why);
        }
    }
}
