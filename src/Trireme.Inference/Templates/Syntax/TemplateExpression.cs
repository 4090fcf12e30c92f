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
            if (key.Evaluate(scope) is not string name) throw scope.State.Fail("a mapping's key must be a string.");
            map[name] = value.Evaluate(scope);
        }

        return map;
    }
}

internal sealed class AttributeExpression(int line, TemplateExpression target, string name) : TemplateExpression(line)
{
    public override bool IsContent => name == "content";

    protected override object? EvaluateCore(TemplateScope scope) => Access.Attribute(target.Evaluate(scope), name, scope.State);
}

internal sealed class ItemExpression(int line, TemplateExpression target, TemplateExpression key) : TemplateExpression(line)
{
    public override bool IsContent => key is LiteralExpression { Value: "content" };

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
        _ => throw scope.State.Fail("a slice needs whole numbers."),
    };
}

internal sealed class CallExpression(int line, TemplateExpression target, ArgumentList arguments) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) => target.Evaluate(scope) switch
    {
        ICallable callable => callable.Call(arguments.Evaluate(scope), scope.State),
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

    public Arguments Evaluate(TemplateScope scope)
    {
        if (Positional.Count == 0 && Named.Count == 0) return Arguments.Empty;
        var positional = new object?[Positional.Count];
        for (int i = 0; i < positional.Length; i++) positional[i] = Positional[i].Evaluate(scope);
        var named = new Dictionary<string, object?>(Named.Count);
        foreach ((string name, TemplateExpression value) in Named)
        {
            if (!named.TryAdd(name, value.Evaluate(scope))) throw scope.State.Fail($"the argument '{name}' is given twice.");
        }

        return new Arguments(positional, named);
    }
}
