using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>How much of each resource a namespace may have, all objects together.</summary>
public sealed record ResourceQuota : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "ResourceQuota";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>The limits, and which Pods they are of.</summary>
    public ResourceQuotaSpec? Spec { get; init; }

    /// <summary>The limits that hold, and what is used.</summary>
    public ResourceQuotaStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        foreach ((string name, Quantity amount) in ContainerRules.Amounts(Spec?.Hard, "spec.hard", errors))
        {
            bool isCount = !name.StartsWith("requests.", StringComparison.Ordinal) && QuotaResources.Counts.Contains(name);
            if (isCount && !decimal.IsInteger(amount.Value)) errors.Wrong($"spec.hard[{name}]", amount.ToString(), "must be an integer");
            if (QuotaResources.IsKnown(name)) continue;
            errors.Wrong($"spec.hard[{name}]", name, "must be a standard resource type or fully qualified");
        }

        ValidateScopes(errors);
    }

    private void ValidateScopes(FieldErrors errors)
    {
        IReadOnlyList<string> scopes = Spec?.Scopes ?? [];
        for (int i = 0; i < scopes.Count; i++)
        {
            errors.OneOf($"spec.scopes[{i}]", scopes[i], QuotaScopes.All);
            CheckLimits("spec.scopes", scopes[i], errors);
        }

        foreach ((string one, string other) in QuotaScopes.Opposites)
        {
            if (scopes.Contains(one) && scopes.Contains(other)) errors.Wrong("spec.scopes", $"{one} {other}", "conflicting scopes");
        }

        IReadOnlyList<QuotaScopeRequirement> expressions = Spec?.ScopeSelector?.MatchExpressions ?? [];
        for (int i = 0; i < expressions.Count; i++)
        {
            string at = $"spec.scopeSelector.matchExpressions[{i}]";
            QuotaScopeRequirement requirement = expressions[i];
            errors.OneOf(at + ".scopeName", requirement.ScopeName, QuotaScopes.All);
            CheckLimits(at + ".scopeName", requirement.ScopeName, errors);
            errors.OneOf(at + ".operator", requirement.Operator, "In", "NotIn", "Exists", "DoesNotExist");
            bool hasValues = requirement.Values is { Count: > 0 };
            bool takesValues = requirement.Operator is "In" or "NotIn";
            if (takesValues && !hasValues)
            {
                errors.Missing(at + ".values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
            }

            if (!takesValues && hasValues)
            {
                errors.Wrong(at + ".values", string.Join(' ', requirement.Values!), "must be no value when `operator` is 'Exist' or "
                    + "'DoesNotExist' for scope selector");
            }

            bool takesClass = requirement.ScopeName == QuotaScopes.PriorityClass;
            if (!takesClass && requirement.Operator != "Exists")
            {
                errors.Wrong(at + ".operator", requirement.Operator, "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
                    + "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort and ResourceQuotaScopeNotBestEffort");
            }
        }
    }

    /// <summary>Only Pods and what they need have scopes, and of what asks for nothing only the number can be limited.</summary>
    private void CheckLimits(string field, string scope, FieldErrors errors)
    {
        IEnumerable<string> limited = (Spec?.Hard ?? new Dictionary<string, string>()).Keys;
        bool isOfNumber = scope == QuotaScopes.BestEffort;
        bool fits = limited.All(name => name == QuotaResources.Pods || (!isOfNumber && QuotaResources.Required.Contains(name)));
        if (QuotaScopes.All.Contains(scope) && !fits) errors.Wrong(field, scope, "unsupported scope applied to resource");
    }
}

/// <summary>The limits of a namespace.</summary>
public sealed record ResourceQuotaSpec
{
    /// <summary>The limit of each resource: pods, requests.cpu, limits.memory, configmaps, count/jobs.batch.</summary>
    public IReadOnlyDictionary<string, string>? Hard { get; init; }

    /// <summary>Which Pods are counted: Terminating, NotTerminating, BestEffort, NotBestEffort or PriorityClass.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The same, and by the names of priority classes.</summary>
    public QuotaScopeSelector? ScopeSelector { get; init; }
}

/// <summary>Which Pods are counted: all requirements must hold.</summary>
public sealed record QuotaScopeSelector
{
    /// <summary>The requirements.</summary>
    public IReadOnlyList<QuotaScopeRequirement>? MatchExpressions { get; init; }
}

/// <summary>One requirement for Pods that are counted.</summary>
public sealed record QuotaScopeRequirement
{
    /// <summary>Terminating, NotTerminating, BestEffort, NotBestEffort or PriorityClass.</summary>
    public required string ScopeName { get; init; }

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    public required string Operator { get; init; }

    /// <summary>Names of priority classes, for In and NotIn.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}

/// <summary>What of its limits a namespace uses.</summary>
public sealed record ResourceQuotaStatus
{
    /// <summary>The limits that hold.</summary>
    public IReadOnlyDictionary<string, string>? Hard { get; init; }

    /// <summary>What is used of each.</summary>
    public IReadOnlyDictionary<string, string>? Used { get; init; }
}

/// <summary>Names of the scopes of a quota.</summary>
public static class QuotaScopes
{
    public const string Terminating = "Terminating";
    public const string NotTerminating = "NotTerminating";
    public const string BestEffort = "BestEffort";
    public const string NotBestEffort = "NotBestEffort";
    public const string PriorityClass = "PriorityClass";

    /// <summary>Scopes of which no Pod is in both.</summary>
    internal static (string One, string Other)[] Opposites { get; } = [(BestEffort, NotBestEffort), (Terminating, NotTerminating)];

    internal static string[] All { get; } = [Terminating, NotTerminating, BestEffort, NotBestEffort, PriorityClass];
}
