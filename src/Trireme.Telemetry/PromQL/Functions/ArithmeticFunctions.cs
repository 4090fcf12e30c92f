using Trireme.Telemetry.Model;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Functions of a number.</summary>
internal static class ArithmeticFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        Of("abs", Math.Abs),
        Of("acos", Math.Acos),
        Of("acosh", Math.Acosh),
        Of("asin", Math.Asin),
        Of("asinh", Math.Asinh),
        Of("atan", Math.Atan),
        Of("atanh", Math.Atanh),
        Of("ceil", Math.Ceiling),
        Of("cos", Math.Cos),
        Of("cosh", Math.Cosh),
        Of("deg", static radians => radians * 180 / Math.PI),
        Of("exp", Math.Exp),
        Of("floor", Math.Floor),
        Of("ln", Math.Log),
        Of("log10", Math.Log10),
        Of("log2", Math.Log2),
        Of("rad", static degrees => degrees * Math.PI / 180),
        Of("sgn", static value => value > 0 ? 1 : value < 0 ? -1 : value),
        Of("sin", Math.Sin),
        Of("sinh", Math.Sinh),
        Of("sqrt", Math.Sqrt),
        Of("tan", Math.Tan),
        Of("tanh", Math.Tanh),
        new SampleFunction("clamp", Clamp, Vector, Scalar, Scalar),
        new SampleFunction("clamp_max", static (value, scalars) => Min(value, scalars[0]), Vector, Scalar),
        new SampleFunction("clamp_min", static (value, scalars) => Max(value, scalars[0]), Vector, Scalar),
        new SampleFunction("round", Round, Vector, Scalar) { Optional = 1 },
    ];

    private static SampleFunction Of(string name, Func<double, double> apply) => new(name, (value, _) => apply(value), Vector);

    private static double Clamp(double value, ReadOnlySpan<double> scalars)
    {
        (double min, double max) = (scalars[0], scalars[1]);
        return max < min ? StaleMarker.Value : Max(min, Min(max, value));
    }

    /// <summary>As in Go, an infinity that decides the result wins over NaN.</summary>
    private static double Max(double x, double y) =>
        double.IsPositiveInfinity(x) || double.IsPositiveInfinity(y) ? double.PositiveInfinity : Math.Max(x, y);

    private static double Min(double x, double y) =>
        double.IsNegativeInfinity(x) || double.IsNegativeInfinity(y) ? double.NegativeInfinity : Math.Min(x, y);

    /// <summary>Rounds to the nearest multiple, halves up. Working with the inverse keeps multiples such as 0.1 exact.</summary>
    private static double Round(double value, ReadOnlySpan<double> scalars)
    {
        double inverse = 1 / (scalars.IsEmpty ? 1 : scalars[0]);
        return Math.Floor((value * inverse) + 0.5) / inverse;
    }
}
