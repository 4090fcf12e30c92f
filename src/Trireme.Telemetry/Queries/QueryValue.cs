using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Queries;

/// <summary>The value of a query: a scalar, a string, an instant vector or, for range queries and range selectors, a matrix.</summary>
public abstract record QueryValue
{
    private protected QueryValue()
    {
    }
}

public sealed record ScalarValue(Sample Sample) : QueryValue;

public sealed record StringValue(long TimestampMs, string Text) : QueryValue;

/// <summary>At most one sample per label set, all at the time of the query.</summary>
public sealed record VectorValue(IReadOnlyList<VectorSample> Samples) : QueryValue;

public sealed record MatrixValue(IReadOnlyList<MatrixSeries> Series) : QueryValue;

public sealed record VectorSample(LabelSet Labels, Sample Sample);

/// <summary>The samples of one label set, by rising time, never empty.</summary>
public sealed record MatrixSeries(LabelSet Labels, IReadOnlyList<Sample> Samples);
