namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>How the elements of two vectors find each other.</summary>
/// <param name="On">True to match on the labels only, false to match on all labels but these.</param>
/// <param name="Labels">The labels of on or ignoring.</param>
/// <param name="Cardinality">Which side may have several elements per match.</param>
/// <param name="Include">Labels copied over from the side with one element.</param>
internal sealed record VectorMatching(bool On, IReadOnlyList<string> Labels, MatchCardinality Cardinality, IReadOnlyList<string> Include)
{
    public static VectorMatching Default { get; } = new(false, [], MatchCardinality.OneToOne, []);

    /// <summary>True when the query spells out on or ignoring.</summary>
    public bool IsExplicit { get; init; }
}

internal enum MatchCardinality
{
    OneToOne,
    ManyToOne,
    OneToMany,
}
