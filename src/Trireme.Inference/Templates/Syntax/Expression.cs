using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>A part of a template with a value. Line is one-based.</summary>
internal abstract class Expression(int line)
{
    public int Line => line;

    /// <summary>Whether this is, by its name, the content of a message.</summary>
    public virtual bool IsContent => false;

    /// <summary>Counts the step and the depth, so a template can neither run nor nest without end.</summary>
    public object? Evaluate(Scope scope)
    {
        int outer = scope.State.Enter(line);
        object? value = EvaluateCore(scope);
        scope.State.Leave(outer);
        return value;
    }

    protected abstract object? EvaluateCore(Scope scope);
}

internal sealed class LiteralExpression(int line, object? value) : Expression(line)
{
    public object? Value => value;

    protected override object? EvaluateCore(Scope scope) => value;
}

internal sealed class NameExpression(int line, string name) : Expression(line)
{
    public override bool IsContent => name == "content";

    protected override object? EvaluateCore(Scope scope) => scope.Lookup(name);
}

internal sealed class ListExpression(int line, IReadOnlyList<Expression> items, bool isTuple) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        List<object?> list = isTuple ? new TemplateTuple() : new List<object?>(items.Count);
        foreach (Expression item in items) list.Add(item.Evaluate(scope));
        return list;
    }
}

internal sealed class MapExpression(int line, IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        var map = new TemplateMap();
        foreach ((Expression key, Expression value) in entries)
        {
            if (key.Evaluate(scope) is not string name) throw scope.State.Fail("a mapping's key must be a string.");
            map[name] = value.Evaluate(scope);
        }

        return map;
    }
}

internal sealed class AttributeExpression(int line, Expression target, string name) : Expression(line)
{
    public override bool IsContent => name == "content";

    protected override object? EvaluateCore(Scope scope) => Access.Attribute(target.Evaluate(scope), name, scope.State);
}

internal sealed class ItemExpression(int line, Expression target, Expression key) : Expression(line)
{
    public override bool IsContent => key is LiteralExpression { Value: "content" };

    protected override object? EvaluateCore(Scope scope) => Access.Item(target.Evaluate(scope), key.Evaluate(scope), scope.State);
}

internal sealed class SliceExpression(int line, Expression target, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        object? value = target.Evaluate(scope);
        return Access.Slice(value, Bound(start, scope), Bound(stop, scope), Bound(step, scope), scope.State);
    }

    private static long? Bound(Expression? expression, Scope scope) => expression?.Evaluate(scope) switch
    {
        null => null,
        long bound => bound,
        _ => throw scope.State.Fail("a slice needs whole numbers."),
    };
}

internal sealed class CallExpression(int line, Expression target, ArgumentList arguments) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope) => target.Evaluate(scope) switch
    {
        ICallable callable => callable.Call(arguments.Evaluate(scope), scope.State),
        Undefined undefined => throw scope.State.Fail($"{undefined.Description} is undefined, so it cannot be called."),
        _ => throw scope.State.Fail("only macros, functions and methods can be called."),
    };
}

internal sealed class FilterExpression(int line, Library.Filter filter, Expression input, ArgumentList arguments) : Expression(line)
{
    // Computed once: a chain of filters may be longer than the stack is deep.
    public override bool IsContent { get; } = input.IsContent;

    protected override object? EvaluateCore(Scope scope)
    {
        object? value = input.Evaluate(scope);
        scope.State.SpendOn(value);
        return filter(value, arguments.Evaluate(scope), scope.State);
    }
}

internal sealed class TestExpression(int line, Library.Test test, Expression input, ArgumentList arguments) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope) => test(input.Evaluate(scope), arguments.Evaluate(scope), scope.State);
}

/// <summary>Something this engine does not know; an error only when it is reached.</summary>
internal sealed class UnsupportedExpression(int line, string problem) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope) => throw scope.State.Fail(problem);
}

/// <summary>What a block set captured; bound while its filters run.</summary>
internal sealed class CapturedExpression(int line) : Expression(line)
{
    /// <summary>No identifier can be spelled like this.</summary>
    public const string Variable = "(captured)";

    protected override object? EvaluateCore(Scope scope) => scope.Lookup(Variable);
}

/// <summary>Arguments as written; positional ones come first.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList Empty { get; } = new([], []);

    public Arguments Evaluate(Scope scope)
    {
        if (Positional.Count == 0 && Named.Count == 0) return Arguments.Empty;
        var positional = new object?[Positional.Count];
        for (int i = 0; i < positional.Length; i++) positional[i] = Positional[i].Evaluate(scope);
        var named = new Dictionary<string, object?>(Named.Count);
        foreach ((string name, Expression value) in Named)
        {
            if (!named.TryAdd(name, value.Evaluate(scope))) throw scope.State.Fail($"the argument '{name}' is given twice.");
        }

        return new Arguments(positional, named);
    }
}
