using Trireme.Inference.Templates.Library;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Attributes, items and slices.</summary>
internal static class Access
{
    /// <summary>As in Jinja a mapping's methods come before its entries: "tool.items" is a method, "tool['items']" an entry.</summary>
    public static object? Attribute(object? target, TemplateText name, RenderState state)
    {
        if (target is Undefined undefined) throw state.Fail($"{undefined.Description} is undefined, so it has no '{name}'.");
        if (OwnAttribute(target, name.Value) is var own and not Undefined) return own;
        return target is TemplateMap map && map.TryGet(name, out object? value) ? value : new Undefined($"'{name}'");
    }

    /// <summary>A method or a part that is no entry; undefined where there is none.</summary>
    public static object? OwnAttribute(object? target, string name)
    {
        if (target is not null && MethodTable.TryGet(target, name, out Method? method)) return new MethodValue(target, name, method);
        return target is IAttributes owner ? owner.Attribute(name) : new Undefined($"'{name}'");
    }

    /// <summary>An entry or element; failing that an attribute.</summary>
    public static object? Item(object? target, object? key, RenderState state)
    {
        switch (target, key)
        {
            case (TemplateMap map, _) when map.TryGet(key, out object? value):
                return value;
            case (List<object?> list, long or bool):
                return Position(TemplateValue.Integer(key)!.Value, list.Count) is { } at ? list[at] : new Undefined($"item {key}");
            case (TemplateText text, long index):
                state.SpendOn(text);
                List<TemplateText>? points = CodePoints.AreUnits(text) ? null : CodePoints.Of(text, state);
                if (Position(index, points?.Count ?? text.Length) is not { } position) return new Undefined($"character {index}");
                return points is null ? text.Slice(position, 1) : points[position];
            case (_, TemplateText name):
                return Attribute(target, name, state);
            case (Undefined undefined, _):
                throw state.Fail($"{undefined.Description} is undefined, so it has no items.");
            default:
                return new Undefined("an item");
        }
    }

    /// <summary>Python's slices: bounds count from the end when negative, and a negative step walks backwards.</summary>
    public static object? Slice(object? target, long? start, long? stop, long? step, RenderState state)
    {
        state.SpendOn(target);
        if (step == 0) throw state.Fail("a slice's step cannot be zero.");
        switch (target)
        {
            case TemplateText text when CodePoints.AreUnits(text) && step is null or 1:
                (long begin, long end) = Bounds(start, stop, 1, text.Length);
                return state.Charge(end > begin ? text.Slice((int)begin, (int)(end - begin)) : TemplateText.Empty);
            case TemplateText text:
                return CodePoints.Join(Slice(CodePoints.Of(text, state), start, stop, step ?? 1), state);
            case TemplateTuple tuple:
                return new TemplateTuple(Slice<object?>(tuple, start, stop, step ?? 1));
            case List<object?> list:
                return Slice(list, start, stop, step ?? 1);
            case Undefined undefined:
                throw state.Fail($"{undefined.Description} is undefined, so it has no slices.");
            default:
                throw state.Fail($"{TemplateValue.TypeName(target)} cannot be sliced.");
        }
    }

    private static int? Position(long index, int count)
    {
        if (index < 0) index += count;
        return index >= 0 && index < count ? (int)index : null;
    }

    private static List<T> Slice<T>(List<T> list, long? start, long? stop, long step)
    {
        (long begin, long end) = Bounds(start, stop, step, list.Count);
        var result = new List<T>();
        // A step beyond the list's length takes one element; clamping it keeps the sum within 64 bits.
        step = Math.Clamp(step, -list.Count - 1L, list.Count + 1L);
        for (long i = begin; step > 0 ? i < end : i > end; i += step) result.Add(list[(int)i]);
        return result;
    }

    private static (long Begin, long End) Bounds(long? start, long? stop, long step, int count)
    {
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? count : count - 1;
        long Clamp(long bound) => Math.Clamp(bound < 0 ? bound + count : bound, low, high);
        return step > 0
            ? (start is { } a ? Clamp(a) : low, stop is { } b ? Clamp(b) : high)
            : (start is { } c ? Clamp(c) : high, stop is { } d ? Clamp(d) : low);
    }
}
