namespace Trireme.Dashboard.Clients;

/// <summary>One label set with its value.</summary>
public sealed record MetricValue(IReadOnlyDictionary<string, string> Labels, double Value)
{
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}
