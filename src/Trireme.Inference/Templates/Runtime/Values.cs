using Trireme.Inference.Templates.Syntax;

namespace Trireme.Inference.Templates.Runtime;

// A template's values are null (none), bool, long, double, string, List<object?> and the types here.

/// <summary>A mapping with text keys in the order they were added.</summary>
internal sealed class TemplateMap() : OrderedDictionary<string, object?>(StringComparer.Ordinal);

/// <summary>A list that prints in parentheses, as what Python makes of a, b.</summary>
internal sealed class TemplateTuple : List<object?>;

/// <summary>A name, attribute or item that is not there. It prints as nothing, is false and iterates over nothing.</summary>
internal sealed record Undefined(string Description);

/// <summary>The one kind of value whose attributes can be set.</summary>
internal sealed class NamespaceValue(TemplateMap values)
{
    public TemplateMap Values => values;
}

/// <summary>Something that can be called.</summary>
internal interface ICallable
{
    object? Call(Arguments arguments, RenderState state);
}

internal sealed class FunctionValue(Func<Arguments, RenderState, object?> body) : ICallable
{
    public object? Call(Arguments arguments, RenderState state) => body(arguments, state);
}

/// <summary>A method of a text, list or mapping.</summary>
internal sealed class MethodValue(object target, string name, Library.Method body) : ICallable
{
    public object? Call(Arguments arguments, RenderState state)
    {
        state.SpendOn(target);
        return body(target, name, arguments, state);
    }
}

/// <summary>A macro with the scope it was defined in; calling it gives the text it writes.</summary>
internal sealed class MacroValue(string name, IReadOnlyList<MacroParameter> parameters, Block body, TemplateScope defined) : ICallable
{
    public object? Call(Arguments arguments, RenderState state)
    {
        string[] names = [.. parameters.Select(parameter => parameter.Name)];
        arguments.Limit(state, $"the macro '{name}'", names);
        var scope = new TemplateScope(state, defined);
        for (int i = 0; i < names.Length; i++)
        {
            bool given = arguments.TryGet(i, names[i], out object? value);
            if (!given) value = parameters[i].Default is { } standard ? standard.Evaluate(scope) : new Undefined($"'{names[i]}'");
            scope.Set(names[i], value);
        }

        return body.Capture(scope);
    }
}

/// <summary>The variable "loop".</summary>
internal sealed class LoopValue(List<object?> items, LoopValue? outer)
{
    private readonly int _depth = outer is null ? 1 : outer._depth + 1;

    public int Index { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => (long)Index + 1,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => (long)_depth,
        "depth0" => (long)_depth - 1,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("the first item's 'loop.previtem'"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("the last item's 'loop.nextitem'"),
        "cycle" => new FunctionValue((arguments, state) => arguments.Count > 0
            ? arguments[Index % arguments.Count]
            : throw state.Fail("'loop.cycle' needs values.")),
        _ => new Undefined($"'loop.{name}'"),
    };
}
