using System.Numerics;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>A part of a template with a value. Line is one-based.</summary>
internal abstract class TemplateExpression(int line)
{
    public int Line => line;

    /// <summary>Whether this is, by its name, the content of a message.</summary>
    public virtual bool IsContent => false;

    /// <summary>Counts the step and the depth, so a template can neither run nor nest without end.</summary>
    public object? Evaluate(TemplateScope scope)
    {
        int outer = scope.State.PushDepth(line);
        object? value = EvaluateCore(scope);
        scope.State.PopDepth(outer);
        return value;
    }

    protected abstract object? EvaluateCore(TemplateScope scope);
}

internal sealed class LiteralExpression(int line, object? value) : TemplateExpression(line)
{
    public object? Value => value;

    protected override object? EvaluateCore(TemplateScope scope) => value;
}

internal sealed class NameExpression(int line, string name) : TemplateExpression(line)
{
    public override bool IsContent => name == "content";

    protected override object? EvaluateCore(TemplateScope scope) => scope.Lookup(name);
}

internal sealed class ListExpression(int line, IReadOnlyList<TemplateExpression> items, bool isTuple) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        List<object?> list = isTuple ? new TemplateTuple() : new List<object?>(items.Count);
        foreach (TemplateExpression item in items) list.Add(item.Evaluate(scope));
        return list;
    }
}

internal sealed class MapExpression(int line, IReadOnlyList<(TemplateExpression Key, TemplateExpression Value)> entries)
    : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        var map = new TemplateMap();
        foreach ((TemplateExpression key, TemplateExpression value) in entries)
        {
            object? name = key.Evaluate(scope);
            bool isKey = map.TrySet(name, value.Evaluate(scope));
            if (!isKey) throw scope.State.Fail($"{TemplateValue.TypeName(name)} cannot be a mapping's key.");
        }

        return map;
    }
}

internal sealed class AttributeExpression(int line, TemplateExpression target, string name) : TemplateExpression(line)
{
    private readonly TemplateText _name = new(name);

    public override bool IsContent => name == "content";

    protected override object? EvaluateCore(TemplateScope scope) => Access.Attribute(target.Evaluate(scope), _name, scope.State);
}

internal sealed class ItemExpression(int line, TemplateExpression target, TemplateExpression key) : TemplateExpression(line)
{
    public override bool IsContent => key is LiteralExpression { Value: TemplateText { Value: "content" } };

    protected override object? EvaluateCore(TemplateScope scope) => Access.Item(target.Evaluate(scope), key.Evaluate(scope), scope.State);
}

internal sealed class SliceExpression(
    int line, TemplateExpression target, TemplateExpression? start, TemplateExpression? stop, TemplateExpression? step)
    : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        object? value = target.Evaluate(scope);
        return Access.Slice(value, Bound(start, scope), Bound(stop, scope), Bound(step, scope), scope.State);
    }

    private static long? Bound(TemplateExpression? expression, TemplateScope scope) => expression?.Evaluate(scope) switch
    {
        null => null,
        long bound => bound,
        bool bound => bound ? 1 : 0,
        BigInteger bound => bound.Sign < 0 ? -long.MaxValue : long.MaxValue,
        _ => throw scope.State.Fail("a slice needs whole numbers."),
    };
}

internal sealed class CallExpression(int line, TemplateExpression target, ArgumentList arguments) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) => Call(scope, caller: null);

    /// <summary>Calls with the body of a call block, if there is one.</summary>
    public object? Call(TemplateScope scope, MacroValue? caller) => target.Evaluate(scope) switch
    {
        ICallable callable => callable.Call(arguments.Evaluate(scope, caller), scope.State),
        Undefined undefined => throw scope.State.Fail($"{undefined.Description} is undefined, so it cannot be called."),
        _ => throw scope.State.Fail("only macros, functions and methods can be called."),
    };
}

internal sealed class FilterExpression(int line, Library.Filter filter, TemplateExpression input, ArgumentList arguments)
    : TemplateExpression(line)
{
    // Computed once: a chain of filters may be longer than the stack is deep.
    public override bool IsContent { get; } = input.IsContent;

    protected override object? EvaluateCore(TemplateScope scope)
    {
        object? value = input.Evaluate(scope);
        scope.State.SpendOn(value);
        return filter(value, arguments.Evaluate(scope), scope.State);
    }
}

internal sealed class TestExpression(int line, Library.Test test, TemplateExpression input, ArgumentList arguments)
    : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) => test(input.Evaluate(scope), arguments.Evaluate(scope), scope.State);
}

/// <summary>Something this engine does not know; an error only when it is reached.</summary>
internal sealed class UnsupportedExpression(int line, string problem) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) => throw scope.State.Fail(problem);
}

/// <summary>What a block set captured; bound while its filters run.</summary>
internal sealed class CapturedExpression(int line) : TemplateExpression(line)
{
    /// <summary>No identifier can be spelled like this.</summary>
    public const string Variable = "(captured)";

    protected override object? EvaluateCore(TemplateScope scope) => scope.Lookup(Variable);
}

/// <summary>Arguments as written; positional ones come first.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<TemplateExpression> Positional, IReadOnlyList<(string Name, TemplateExpression Value)> Named)
{
    public static ArgumentList Empty { get; } = new([], []);

    /// <summary>What stands behind "*": further positional ones.</summary>
    public TemplateExpression? More { get; init; }

    /// <summary>What stands behind "**": further named ones.</summary>
    public TemplateExpression? MoreNamed { get; init; }

    public Arguments Evaluate(TemplateScope scope, MacroValue? caller = null)
    {
        bool isPlain = More is null && MoreNamed is null && caller is null;
        if (isPlain && Positional.Count == 0 && Named.Count == 0) return Arguments.Empty;
        var positional = new List<object?>(Positional.Count);
        foreach (TemplateExpression value in Positional) positional.Add(value.Evaluate(scope));
        if (More is not null) positional.AddRange(TemplateValue.Iterate(More.Evaluate(scope), scope.State));
        var named = new Dictionary<string, object?>(Named.Count);
        foreach ((string name, TemplateExpression value) in Named) Add(name, value.Evaluate(scope));
        foreach ((object? name, object? value) in Further(scope)) Add(((TemplateText)name!).Value, value);
        if (caller is not null) Add("caller", caller);
        return new Arguments([.. positional], named);

        void Add(string name, object? value)
        {
            if (!named.TryAdd(name, value)) throw scope.State.Fail($"the argument '{name}' is given twice.");
        }
    }

    private IEnumerable<TemplateMap.Entry> Further(TemplateScope scope)
    {
        if (MoreNamed is null) return [];
        return MoreNamed.Evaluate(scope) is TemplateMap map && map.Keys.All(static key => key is TemplateText)
            ? map.Entries
            : throw scope.State.Fail("'**' needs a mapping whose keys are strings.");
    }
}
