using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Chooses objects by their labels: all requirements must hold. An empty one takes everything.</summary>
public sealed record LabelSelector
{
    /// <summary>Labels with the value each must have.</summary>
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    /// <summary>Further requirements.</summary>
    public IReadOnlyList<LabelRequirement>? MatchExpressions { get; init; }

    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        labels ??= new Dictionary<string, string>();
        foreach ((string key, string value) in MatchLabels ?? new Dictionary<string, string>())
        {
            if (!labels.TryGetValue(key, out string? present) || present != value) return false;
        }

        return (MatchExpressions ?? []).All(requirement => requirement.Holds(labels));
    }

    /// <summary>Refuses what Kubernetes refuses in a selector.</summary>
    /// <param name="field">Where the selector is.</param>
    /// <param name="errors">Takes the errors.</param>
    public void Validate(string field, FieldErrors errors)
    {
        foreach ((string key, string value) in MatchLabels ?? new Dictionary<string, string>())
        {
            if (!NameRules.IsQualifiedName(key)) errors.Invalid(field + ".matchLabels", $"\"{key}\" {NameRules.QualifiedNameRule}");
            if (!NameRules.IsLabelValue(value)) errors.Invalid(field + ".matchLabels", $"\"{value}\" is no label value");
        }

        IReadOnlyList<LabelRequirement> requirements = MatchExpressions ?? [];
        for (int i = 0; i < requirements.Count; i++) requirements[i].Validate($"{field}.matchExpressions[{i}]", errors);
    }
}

/// <summary>One requirement of a selector.</summary>
public sealed record LabelRequirement
{
    private const string In = "In";
    private const string NotIn = "NotIn";
    private const string Exists = "Exists";
    private const string DoesNotExist = "DoesNotExist";

    /// <summary>The label.</summary>
    public string Key { get; init; } = "";

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    public string Operator { get; init; } = "";

    /// <summary>For In and NotIn.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    public bool Holds(IReadOnlyDictionary<string, string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool present = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            In => present && (Values ?? []).Contains(value),
            NotIn => !present || !(Values ?? []).Contains(value),
            Exists => present,
            DoesNotExist => !present,
            _ => false,
        };
    }

    public void Validate(string field, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        bool hasValues = Values is { Count: > 0 };
        switch (Operator)
        {
            case In or NotIn when !hasValues:
                errors.Required(field + ".values", "Required value: must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case Exists or DoesNotExist when hasValues:
                errors.Add(
                    field + ".values",
                    FieldErrorType.Forbidden,
                    "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case In or NotIn or Exists or DoesNotExist:
                break;
            default:
                errors.Invalid(field + ".operator", $"Invalid value: \"{Operator}\": not a valid selector operator");
                break;
        }

        if (!NameRules.IsQualifiedName(Key)) errors.Invalid(field + ".key", $"\"{Key}\" {NameRules.QualifiedNameRule}");
    }
}
