using Trireme.Inference.Templates.Syntax;

namespace Trireme.Inference.Templates.Runtime;

// A template's values are null (none), bool, long, BigInteger beyond that, double, List<object?> and the types here.

/// <summary>A list that prints in parentheses, as what Python makes of a, b.</summary>
internal class TemplateTuple : List<object?>
{
    public TemplateTuple()
    {
    }

    public TemplateTuple(IEnumerable<object?> items)
        : base(items)
    {
    }
}

/// <summary>One group of the filter groupby, whose parts have names.</summary>
internal sealed class GroupTuple : TemplateTuple, IAttributes
{
    public GroupTuple(object? grouper, List<object?> items)
        : base([grouper, items])
    {
    }

    public object? Attribute(string name) => name switch
    {
        "grouper" => this[0],
        "list" => this[1],
        _ => new Undefined($"'{name}'"),
    };
}

/// <summary>A name, attribute or item that is not there. It prints as nothing, is false and iterates over nothing.</summary>
internal sealed record Undefined(string Description);

/// <summary>Something with attributes of its own.</summary>
internal interface IAttributes
{
    /// <summary>The attribute, or an undefined value.</summary>
    object? Attribute(string name);
}

/// <summary>The one kind of value whose attributes can be set.</summary>
internal sealed class NamespaceValue(TemplateMap values) : IAttributes
{
    public void Set(string name, object? value) => values.Set(name, value);

    public object? Attribute(string name) =>
        values.TryGet(name, out object? value) ? value : new Undefined($"'{name}'");
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

/// <summary>What a macro or a call block declares.</summary>
/// <param name="Name">For errors and its attribute.</param>
/// <param name="Parameters">In order.</param>
/// <param name="Body">What it writes.</param>
/// <param name="TakesMore">Its body reads varargs.</param>
/// <param name="TakesMoreNamed">Its body reads kwargs.</param>
internal sealed record MacroDefinition(
    string Name, IReadOnlyList<MacroParameter> Parameters, Block Body, bool TakesMore, bool TakesMoreNamed);

/// <summary>A macro with the scope it was defined in; calling it gives the text it writes.</summary>
internal sealed class MacroValue(MacroDefinition macro, TemplateScope defined) : ICallable, IAttributes
{
    public object? Call(Arguments arguments, RenderState state)
    {
        var scope = new TemplateScope(state, defined);
        string[] names = [.. macro.Parameters.Select(parameter => parameter.Name)];
        var more = new Dictionary<string, object?>();
        var known = new Dictionary<string, object?>();
        foreach ((string name, object? value) in arguments.Named)
        {
            if (names.Contains(name)) known.Add(name, value);
            else if (name == "caller") scope.Set(name, value);
            else if (macro.TakesMoreNamed) more.Add(name, value);
            else known.Add(name, value);
        }

        int count = macro.TakesMore ? Math.Min(arguments.Count, names.Length) : arguments.Count;
        Arguments bound = arguments.With(count, known);
        bound.Limit(state, $"the macro '{macro.Name}'", names);
        for (int i = 0; i < names.Length; i++)
        {
            bool given = bound.TryGet(i, names[i], out object? value);
            if (!given) value = macro.Parameters[i].Default is { } standard ? standard.Evaluate(scope) : new Undefined($"'{names[i]}'");
            scope.Set(names[i], value);
        }

        if (macro.TakesMore) scope.Set("varargs", new TemplateTuple(arguments.From(count)));
        if (macro.TakesMoreNamed) scope.Set("kwargs", GlobalMap(more));
        return macro.Body.Capture(scope);
    }

    public object? Attribute(string name) => name switch
    {
        "name" => new TemplateText(macro.Name),
        "arguments" => new TemplateTuple(macro.Parameters.Select(static parameter => new TemplateText(parameter.Name))),
        _ => new Undefined($"'{name}'"),
    };

    private static TemplateMap GlobalMap(Dictionary<string, object?> named)
    {
        var map = new TemplateMap();
        foreach ((string name, object? value) in named) map.Set(name, value);
        return map;
    }
}
