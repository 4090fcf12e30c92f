using System.Collections.Frozen;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>All functions by name.</summary>
internal static class FunctionTable
{
    private static readonly FrozenDictionary<string, Function> Functions =
        ((IEnumerable<Function>[])
        [
            ArithmeticFunctions.All,
            CalendarFunctions.All,
            RateFunctions.All,
            TrendFunctions.All,
            WindowFunctions.All,
            LabelFunctions.All,
            PresenceFunctions.All,
            ConversionFunctions.All,
            [HistogramQuantile.Function],
        ])
        .SelectMany(static functions => functions)
        .ToFrozenDictionary(static function => function.Name, StringComparer.Ordinal);

    public static IEnumerable<Function> All => Functions.Values;

    public static Function? Find(string name) => Functions.GetValueOrDefault(name);
}
