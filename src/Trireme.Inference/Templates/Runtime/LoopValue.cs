namespace Trireme.Inference.Templates.Runtime;

/// <summary>The variable "loop"; in a recursive loop it can be called with the next level's items.</summary>
internal sealed class LoopValue(List<object?> items, int depth, Func<object?, TemplateText>? recurse) : ICallable, IAttributes
{
    private List<object?>? _lastSeen;

    public int Index { get; set; }

    public object? Call(Arguments arguments, RenderState state)
    {
        if (recurse is null) throw state.Fail("'loop' can be called in a loop marked 'recursive' only.");
        arguments.Limit(state, "'loop'", "iterable");
        return recurse(arguments.Required(state, 0, "iterable"));
    }

    public object? Attribute(string name) => name switch
    {
        "index" => (long)Index + 1,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => (long)depth + 1,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("the first item's 'loop.previtem'"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("the last item's 'loop.nextitem'"),
        "changed" => new FunctionValue((arguments, state) => HasChanged(arguments, state)),
        "cycle" => new FunctionValue((arguments, state) => arguments.Count > 0
            ? arguments[Index % arguments.Count]
            : throw state.Fail("'loop.cycle' needs values.")),
        _ => new Undefined($"'loop.{name}'"),
    };

    private bool HasChanged(Arguments arguments, RenderState state)
    {
        List<object?> seen = [.. arguments.From(0)];
        bool changed = _lastSeen is null || !TemplateValue.AreEqual(_lastSeen, seen, state);
        _lastSeen = seen;
        return changed;
    }
}

/// <summary>Jinja's cycler: goes round its values.</summary>
internal sealed class CyclerValue(List<object?> values) : IAttributes
{
    private int _position;

    public object? Attribute(string name) => name switch
    {
        "current" => values[_position],
        "next" => new FunctionValue((arguments, state) =>
        {
            arguments.Limit(state, "'next'");
            object? value = values[_position];
            _position = (_position + 1) % values.Count;
            return value;
        }),
        "reset" => new FunctionValue((arguments, state) =>
        {
            arguments.Limit(state, "'reset'");
            _position = 0;
            return null;
        }),
        _ => new Undefined($"'{name}'"),
    };
}

/// <summary>Jinja's joiner: nothing on the first call, the separator on every other.</summary>
internal sealed class JoinerValue(object? separator) : ICallable
{
    private bool _used;

    public object? Call(Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "a joiner");
        if (_used) return separator;
        _used = true;
        return TemplateText.Empty;
    }
}
