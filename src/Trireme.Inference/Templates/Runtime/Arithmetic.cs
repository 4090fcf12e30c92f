using System.Numerics;
using System.Text;
using Trireme.Inference.Templates.Formatting;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Python's arithmetic on numbers, texts and lists.</summary>
internal static class Arithmetic
{
    private const string DividesByZero = "it divides by zero.";

    public static object? Apply(string symbol, object? left, object? right, RenderState state)
    {
        if (symbol == "~") return Concatenate(left, right, state);
        if ((left as Undefined ?? right as Undefined) is { } undefined)
        {
            throw state.Fail($"{undefined.Description} is undefined, so '{symbol}' cannot use it.");
        }

        switch (symbol, left, right)
        {
            case ("+", TemplateText a, TemplateText b):
                var sum = new BoundedText(state);
                sum.Add(a);
                sum.Add(b);
                return sum.ToText();
            case ("%", TemplateText format, _):
                return PercentFormat.Apply(format, right, state);
            case ("+", List<object?> a, List<object?> b) when a is TemplateTuple == b is TemplateTuple:
                state.Spend(a.Count + b.Count);
                return a is TemplateTuple ? new TemplateTuple([.. a, .. b]) : new List<object?>([.. a, .. b]);
            case ("*", TemplateText or List<object?>, _) when TemplateValue.Integer(right) is { } count:
                return Repeat(left, count, state);
            case ("*", _, TemplateText or List<object?>) when TemplateValue.Integer(left) is { } count:
                return Repeat(right, count, state);
        }

        if (TemplateValue.Whole(left) is { } first && TemplateValue.Whole(right) is { } second)
        {
            return left is long x && right is long y ? Small(symbol, x, y, state) : Large(symbol, first, second, state);
        }

        if (TemplateValue.Number(left) is { } one && TemplateValue.Number(right) is { } other) return Reals(symbol, one, other, state);
        throw state.Fail($"'{symbol}' does not take {TemplateValue.TypeName(left)} and {TemplateValue.TypeName(right)}.");
    }

    private static TemplateText Concatenate(object? left, object? right, RenderState state)
    {
        var text = new BoundedText(state);
        ValueText.Write(left, text, state);
        ValueText.Write(right, text, state);
        return text.ToText();
    }

    private static object Repeat(object? value, long count, RenderState state)
    {
        if (value is TemplateText text)
        {
            if (count <= 0 || text.Length == 0) return TemplateText.Empty;
            if (count > RenderState.TextLengthMax / text.Length) throw state.TooLong();
            if (text.Spans.Length == 0) return state.Charge(new StringBuilder().Insert(0, text.Value, (int)count).ToString());
            var output = new BoundedText(state);
            for (long i = 0; i < count; i++) output.Add(text);
            return output.ToText();
        }

        var list = (List<object?>)value!;
        List<object?> repeated = list is TemplateTuple ? new TemplateTuple() : new List<object?>();
        for (long i = 0; i < count && list.Count > 0; i++)
        {
            state.Spend(list.Count);
            repeated.AddRange(list);
        }

        return repeated;
    }

    private static object Small(string symbol, long left, long right, RenderState state) => symbol switch
    {
        "+" => Numbers.Narrow((Int128)left + right),
        "-" => Numbers.Narrow((Int128)left - right),
        "*" => Numbers.Narrow((Int128)left * right),
        _ => Large(symbol, left, right, state),
    };

    private static object Large(string symbol, BigInteger left, BigInteger right, RenderState state)
    {
        if (right.IsZero && symbol is "/" or "//" or "%") throw state.Fail(DividesByZero);
        switch (symbol)
        {
            case "+":
                return Numbers.Narrow(left + right, state);
            case "-":
                return Numbers.Narrow(left - right, state);
            case "*":
                return Numbers.Narrow(left * right, state);
            case "/":
                return (double)left / (double)right;
            case "**":
                if (left.IsZero && right.Sign < 0) throw state.Fail(DividesByZero);
                return right.Sign < 0 ? Math.Pow((double)left, (double)right) : Numbers.Power(left, right, state);
        }

        // Python rounds quotients down and gives remainders the divisor's sign.
        BigInteger quotient = BigInteger.DivRem(left, right, out BigInteger remainder);
        bool adjusts = !remainder.IsZero && remainder.Sign < 0 != right.Sign < 0;
        return symbol == "//"
            ? Numbers.Narrow(adjusts ? quotient - 1 : quotient, state)
            : Numbers.Narrow(adjusts ? remainder + right : remainder, state);
    }

    private static double Reals(string symbol, double left, double right, RenderState state)
    {
        if (right == 0 && symbol is "/" or "//" or "%") throw state.Fail(DividesByZero);
        return symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Round((left - Remainder(left, right)) / right),
            "%" => Remainder(left, right),
            _ => Power(left, right, state),
        };
    }

    private static double Remainder(double left, double right)
    {
        double remainder = left % right;
        if (remainder == 0) return Math.CopySign(0, right);
        return remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    private static double Power(double left, double right, RenderState state)
    {
        if (left == 0 && right < 0) throw state.Fail(DividesByZero);
        double power = Math.Pow(left, right);
        if (double.IsNaN(power) && left < 0) throw state.Fail("a negative number has no real power with a fraction.");
        if (double.IsInfinity(power) && double.IsFinite(left) && double.IsFinite(right)) throw state.Fail("a power is too large.");
        return power;
    }
}
