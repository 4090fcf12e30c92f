using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>A binary operator with its rank and rules; all but power bind to the left.</summary>
internal sealed class BinaryOperator
{
    public const int PowerPrecedence = 6;

    private static readonly Dictionary<string, BinaryOperator> All = new(StringComparer.Ordinal)
    {
        ["or"] = new("or", 1, BinaryOperatorClass.Set),
        ["and"] = new("and", 2, BinaryOperatorClass.Set),
        ["unless"] = new("unless", 2, BinaryOperatorClass.Set),
        ["=="] = new("==", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x == y)),
        ["!="] = new("!=", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x != y)),
        ["<="] = new("<=", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x <= y)),
        ["<"] = new("<", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x < y)),
        [">="] = new(">=", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x >= y)),
        [">"] = new(">", 3, BinaryOperatorClass.Comparison, static (x, y) => Keep(x, x > y)),
        ["+"] = new("+", 4, BinaryOperatorClass.Arithmetic, static (x, y) => x + y),
        ["-"] = new("-", 4, BinaryOperatorClass.Arithmetic, static (x, y) => x - y),
        ["*"] = new("*", 5, BinaryOperatorClass.Arithmetic, static (x, y) => x * y),
        ["/"] = new("/", 5, BinaryOperatorClass.Arithmetic, static (x, y) => x / y),
        ["%"] = new("%", 5, BinaryOperatorClass.Arithmetic, static (x, y) => x % y),
        ["atan2"] = new("atan2", 5, BinaryOperatorClass.Trigonometric, Math.Atan2),
        ["^"] = new("^", PowerPrecedence, BinaryOperatorClass.Arithmetic, Math.Pow),
    };

    private readonly BinaryOperatorClass _class;

    private BinaryOperator(string symbol, int precedence, BinaryOperatorClass operatorClass, Func<double, double, double>? apply = null)
    {
        Symbol = symbol;
        Precedence = precedence;
        _class = operatorClass;
        Apply = apply ?? ((_, _) => throw new InvalidOperationException($"The set operator {symbol} has no value."));
    }

    public string Symbol { get; }

    public int Precedence { get; }

    public bool IsSet => _class == BinaryOperatorClass.Set;

    public bool IsComparison => _class == BinaryOperatorClass.Comparison;

    /// <summary>Arithmetic makes a new quantity, which the metric name no longer describes.</summary>
    public bool DropsMetricName => _class == BinaryOperatorClass.Arithmetic;

    /// <summary>The value, or of a comparison the left operand where it holds and the absence marker where it does not.</summary>
    public Func<double, double, double> Apply { get; }

    public static BinaryOperator? Find(in Token token) =>
        token.Kind is TokenKind.Operator or TokenKind.Keyword ? All.GetValueOrDefault(token.Text) : null;

    private static double Keep(double value, bool holds) => holds ? value : StaleMarker.Value;
}

internal enum BinaryOperatorClass
{
    Arithmetic,
    Trigonometric,
    Comparison,
    Set,
}
