using System.Numerics;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>What Python's operators do with a template's values.</summary>
internal static class TemplateValue
{
    // Lists can be made to hold themselves.
    private const int DepthMax = 100;

    public static string TypeName(object? value) => value switch
    {
        null => "none",
        Undefined => "an undefined value",
        bool => "a boolean",
        long or BigInteger or double => "a number",
        TemplateText => "a string",
        List<object?> => "a list",
        TemplateMap => "a mapping",
        NamespaceValue => "a namespace",
        LoopValue or CyclerValue => "a loop's state",
        _ => "a callable",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        TemplateText text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? left, object? right, RenderState state) => AreEqual(left, right, state, 0);

    /// <summary>Below zero, zero or above; fails for values that have no order.</summary>
    public static int Compare(object? left, object? right, RenderState state)
    {
        if (left is TemplateText a && right is TemplateText b)
        {
            state.SpendOnText(Math.Min(a.Length, b.Length));
            return string.CompareOrdinal(a.Value, b.Value);
        }

        if (left is long small && right is long large) return small.CompareTo(large);
        if (Whole(left) is { } first && Whole(right) is { } second) return first.CompareTo(second);
        if (Number(left) is { } x && Number(right) is { } y) return x.CompareTo(y);
        if (left is List<object?> one && right is List<object?> other) return CompareLists(one, other, state);
        throw state.Fail($"{TypeName(left)} and {TypeName(right)} have no order.");
    }

    public static bool Contains(object? container, object? value, RenderState state)
    {
        state.SpendOn(container);
        switch (container)
        {
            case TemplateText text:
                return value is TemplateText part
                    ? text.Value.Contains(part.Value, StringComparison.Ordinal)
                    : throw state.Fail($"a string cannot contain {TypeName(value)}.");
            case TemplateMap map:
                return map.TryGet(value, out _);
            case List<object?> list:
                foreach (object? item in list)
                {
                    if (AreEqual(item, value, state)) return true;
                }

                return false;
            case Undefined:
                return false;
            default:
                throw state.Fail($"{TypeName(container)} contains nothing.");
        }
    }

    /// <summary>The items of a list, the keys of a mapping or the characters of a text, in a list of its own.</summary>
    public static List<object?> Iterate(object? value, RenderState state)
    {
        state.SpendOn(value);
        return value switch
        {
            List<object?> list => [.. list],
            TemplateMap map => KeysOf(map, state),
            TemplateText text => [.. CodePoints.Of(text, state)],
            Undefined => [],
            _ => throw state.Fail($"{TypeName(value)} cannot be iterated over."),
        };
    }

    public static long Length(object? value, RenderState state)
    {
        state.SpendOn(value);
        return value switch
        {
            TemplateText text => CodePoints.Count(text.Value),
            List<object?> list => list.Count,
            TemplateMap map => map.Count,
            Undefined => 0,
            _ => throw state.Fail($"{TypeName(value)} has no length."),
        };
    }

    /// <summary>A whole number of 64 bits; booleans count as 0 and 1, as in Python.</summary>
    public static long? Integer(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    /// <summary>A whole number of any size.</summary>
    public static BigInteger? Whole(object? value) => value is BigInteger large ? large : Integer(value);

    public static double? Number(object? value) => value switch
    {
        double number => number,
        BigInteger number => (double)number,
        _ => Integer(value),
    };

    private static List<object?> KeysOf(TemplateMap map, RenderState state)
    {
        state.Spend(map.Count);
        return [.. map.Keys];
    }

    private static bool AreEqual(object? left, object? right, RenderState state, int depth)
    {
        if (depth > DepthMax) throw state.Fail($"it compares values nested more than {DepthMax} levels deep.");
        state.Spend(1);
        switch (left, right)
        {
            case (TemplateText a, TemplateText b):
                state.SpendOnText(Math.Min(a.Length, b.Length));
                return a.Value == b.Value;
            case (List<object?> a, List<object?> b):
                return AreEqualLists(a, b, state, depth);
            case (TemplateMap a, TemplateMap b):
                if (a.Count != b.Count) return false;
                foreach ((object? key, object? value) in a.Entries)
                {
                    if (!b.TryGet(key, out object? other) || !AreEqual(value, other, state, depth + 1)) return false;
                }

                return true;
            case (Undefined, Undefined):
                return true;
        }

        if (Whole(left) is { } first && Whole(right) is { } second) return first == second;
        if (Number(left) is { } x && Number(right) is { } y) return x == y;
        return ReferenceEquals(left, right);
    }

    private static bool AreEqualLists(List<object?> left, List<object?> right, RenderState state, int depth)
    {
        if (left.Count != right.Count || left is TemplateTuple != right is TemplateTuple) return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i], state, depth + 1)) return false;
        }

        return true;
    }

    private static int CompareLists(List<object?> left, List<object?> right, RenderState state)
    {
        int outer = state.PushDepth(state.Line);
        int result = left.Count.CompareTo(right.Count);
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (AreEqual(left[i], right[i], state)) continue;
            result = Compare(left[i], right[i], state);
            break;
        }

        state.PopDepth(outer);
        return result;
    }
}
