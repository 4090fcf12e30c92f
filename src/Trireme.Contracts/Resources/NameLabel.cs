using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Names of objects as values of labels, which are shorter than names may be.</summary>
public static class NameLabel
{
    private const int HashLength = 8;

    /// <summary>The name; of a long one its start, and a hash that keeps it apart from others.</summary>
    /// <param name="name">Name of an object.</param>
    public static string ValueOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length <= NameRules.MaxLabelValue) return name;
        string start = name[..(NameRules.MaxLabelValue - HashLength - 1)].TrimEnd('-', '.');
        return $"{start}-{CanonicalJson.Sha256(name)[..HashLength]}";
    }

    /// <summary>What selects the replicas of a service, and their Pods.</summary>
    /// <param name="service">Name of the ModelService.</param>
    public static string SelectorOf(string service) => $"{TriremeApi.ServiceLabel}={ValueOf(service)}";
}
