using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Tests.PromQL.Conformance;

/// <summary>A step of one of Prometheus' test scripts.</summary>
internal abstract record ScriptCommand(int Line);

internal sealed record ClearCommand(int Line) : ScriptCommand(Line);

internal sealed record LoadCommand(int Line, long IntervalMs, IReadOnlyList<ScriptSeries> Series) : ScriptCommand(Line);

internal sealed record EvalCommand(int Line, long AtMs, string Expression) : ScriptCommand(Line)
{
    public bool MustFail { get; init; }

    public bool Ordered { get; init; }

    public double? Scalar { get; init; }

    public IReadOnlyList<ScriptSeries> Expected { get; init; } = [];
}

/// <summary>Labels and values; null is no sample.</summary>
internal sealed record ScriptSeries(LabelSet Labels, IReadOnlyList<double?> Values);
