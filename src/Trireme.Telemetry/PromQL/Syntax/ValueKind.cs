namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>The type of an expression.</summary>
internal enum ValueKind
{
    Scalar,
    Vector,
    Matrix,
    Text,
}

internal static class ValueKindNames
{
    /// <summary>The name messages use.</summary>
    public static string Documented(this ValueKind kind) => kind switch
    {
        ValueKind.Scalar => "scalar",
        ValueKind.Vector => "instant vector",
        ValueKind.Matrix => "range vector",
        _ => "string",
    };
}
