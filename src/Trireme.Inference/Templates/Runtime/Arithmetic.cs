using System.Text;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Python's arithmetic on numbers, texts and lists.</summary>
internal static class Arithmetic
{
    public static object? Apply(string symbol, object? left, object? right, RenderState state)
    {
        if (symbol == "~") return Concatenate(left, right, state);
        if ((left as Undefined ?? right as Undefined) is { } undefined)
        {
            throw state.Fail($"{undefined.Description} is undefined, so '{symbol}' cannot use it.");
        }

        switch (symbol, left, right)
        {
            case ("+", string a, string b):
                if ((long)a.Length + b.Length > RenderState.TextLengthMax) throw state.TooLong();
                return state.Charge(a + b);
            case ("+", List<object?> a, List<object?> b):
                state.Spend(a.Count + b.Count);
                return new List<object?>([.. a, .. b]);
            case ("*", string text, _) when TemplateValue.Integer(right) is { } count:
                return Repeat(text, count, state);
            case ("*", _, string text) when TemplateValue.Integer(left) is { } count:
                return Repeat(text, count, state);
        }

        try
        {
            (long? first, long? second) = (TemplateValue.Integer(left), TemplateValue.Integer(right));
            if (first is not null && second is not null) return Integers(symbol, first.Value, second.Value, state);
            if (TemplateValue.Number(left) is { } x && TemplateValue.Number(right) is { } y) return Reals(symbol, x, y, state);
        }
        catch (OverflowException)
        {
            throw state.Fail($"'{symbol}' goes beyond 64 bits.");
        }

        throw state.Fail($"'{symbol}' does not take {TemplateValue.TypeName(left)} and {TemplateValue.TypeName(right)}.");
    }

    private static string Concatenate(object? left, object? right, RenderState state)
    {
        var text = new BoundedText(state);
        ValueText.Write(left, text, state);
        ValueText.Write(right, text, state);
        return text.ToString();
    }

    private static string Repeat(string text, long count, RenderState state)
    {
        if (count <= 0 || text.Length == 0) return "";
        if (count > RenderState.TextLengthMax / text.Length) throw state.TooLong();
        return state.Charge(new StringBuilder().Insert(0, text, (int)count).ToString());
    }

    private static object Integers(string symbol, long left, long right, RenderState state)
    {
        if (right == 0 && symbol is "/" or "//" or "%") throw state.Fail("it divides by zero.");
        return symbol switch
        {
            // Without the casts every branch would convert to double.
            "+" => (object)checked(left + right),
            "-" => checked(left - right),
            "*" => checked(left * right),
            "/" => (double)left / right,
            // Python rounds quotients down and gives remainders the divisor's sign.
            "//" => checked(left / right - (left % right != 0 && left < 0 != right < 0 ? 1 : 0)),
            "%" => right == -1 ? 0L : Remainder(left, right),
            _ => right < 0 ? (object)Math.Pow(left, right) : Power(left, right),
        };
    }

    private static double Reals(string symbol, double left, double right, RenderState state)
    {
        if (right == 0 && symbol is "/" or "//" or "%") throw state.Fail("it divides by zero.");
        return symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - right * Math.Floor(left / right),
            _ => Math.Pow(left, right),
        };
    }

    private static long Remainder(long left, long right)
    {
        long remainder = left % right;
        return remainder != 0 && remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    private static long Power(long value, long exponent)
    {
        long result = 1;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = checked(result * value);
            if (exponent > 1) value = checked(value * value);
        }

        return result;
    }
}
