namespace Trireme.Contracts.Metrics;

/// <summary>What a metric is and how it is identified. Names and meaning follow Prometheus.</summary>
public abstract class Metric
{
    private protected Metric(string name, string help, string[] labelNames)
    {
        Name = name;
        Help = help;
        LabelNames = labelNames;
    }

    public string Name { get; }

    public string Help { get; }

    public IReadOnlyList<string> LabelNames { get; }

    internal abstract string Type { get; }

    internal abstract void Accept(IMetricVisitor visitor);
}
