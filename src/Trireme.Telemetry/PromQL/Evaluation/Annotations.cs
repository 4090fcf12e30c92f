namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>What one query has to say beside its value, each thing once and the first few of them.</summary>
internal sealed class Annotations
{
    private const int MaxWarnings = 10;

    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Warnings => _warnings;

    public void Warn(string message)
    {
        if (_warnings.Count < MaxWarnings && !_warnings.Contains(message)) _warnings.Add(message);
    }
}
