namespace Trireme.Dashboard.Clients;

/// <summary>One label set with a value per step; null where there is none.</summary>
public sealed record MetricRange(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<double?> Values)
{
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}
