using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>What happens after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A part of a template that writes or sets something. Line is one-based.</summary>
internal abstract class Statement(int line)
{
    public Flow Execute(Scope scope)
    {
        int outer = scope.State.Enter(line);
        Flow flow = ExecuteCore(scope);
        scope.State.Leave(outer);
        return flow;
    }

    protected abstract Flow ExecuteCore(Scope scope);
}

/// <summary>Statements in order, up to a break or continue.</summary>
internal sealed class Block(IReadOnlyList<Statement> statements)
{
    public Flow Execute(Scope scope)
    {
        foreach (Statement statement in statements)
        {
            Flow flow = statement.Execute(scope);
            if (flow != Flow.Next) return flow;
        }

        return Flow.Next;
    }

    /// <summary>What the statements write, as text.</summary>
    public string Capture(Scope scope)
    {
        RenderState state = scope.State;
        BoundedText outer = state.Output;
        state.Output = new BoundedText(state);
        Execute(scope);
        string text = state.Output.ToString();
        state.Output = outer;
        return text;
    }
}

internal sealed class BlockStatement(int line, Block body) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope) => body.Execute(scope);
}

internal sealed class TextStatement(int line, string text) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        scope.State.Output.Append(text);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(int line, Expression value) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        ValueText.Write(value.Evaluate(scope), scope.State.Output, scope.State);
        return Flow.Next;
    }
}

internal sealed class IfStatement(int line, IReadOnlyList<(Expression Test, Block Body)> branches, Block? otherwise) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        foreach ((Expression test, Block body) in branches)
        {
            if (TemplateValue.IsTrue(test.Evaluate(scope))) return body.Execute(scope);
        }

        return otherwise?.Execute(scope) ?? Flow.Next;
    }
}

internal sealed class LoopControlStatement(int line, Flow flow) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope) => flow;
}

/// <summary>Each iteration has its own scope: what it sets is gone with it, which is why templates use namespaces.</summary>
internal sealed class ForStatement(
    int line, IReadOnlyList<string> targets, Expression iterable, Expression? filter, Block body, Block? otherwise) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        List<object?> items = Items(scope);
        var loop = new LoopValue(items, scope.Lookup("loop") as LoopValue);
        for (int i = 0; i < items.Count; i++)
        {
            scope.State.Spend(1);
            loop.Index = i;
            Scope inner = Bind(scope, items[i]);
            inner.Set("loop", loop);
            if (body.Execute(inner) == Flow.Break) break;
        }

        return items.Count == 0 && otherwise is not null ? otherwise.Execute(new Scope(scope.State, scope)) : Flow.Next;
    }

    private List<object?> Items(Scope scope)
    {
        List<object?> items = TemplateValue.Iterate(iterable.Evaluate(scope), scope.State);
        if (filter is null) return items;
        var kept = new List<object?>();
        foreach (object? item in items)
        {
            if (TemplateValue.IsTrue(filter.Evaluate(Bind(scope, item)))) kept.Add(item);
        }

        return kept;
    }

    private Scope Bind(Scope scope, object? item)
    {
        var inner = new Scope(scope.State, scope);
        inner.Unpack(targets, item);
        return inner;
    }
}

internal sealed class SetStatement(int line, IReadOnlyList<string> targets, Expression value) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        scope.Unpack(targets, value.Evaluate(scope));
        return Flow.Next;
    }
}

internal sealed class SetAttributeStatement(int line, string owner, string attribute, Expression value) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        if (scope.Lookup(owner) is not NamespaceValue target)
        {
            throw scope.State.Fail($"'{owner}' is no namespace; only a namespace's attributes can be set.");
        }

        target.Values[attribute] = value.Evaluate(scope);
        return Flow.Next;
    }
}

internal sealed class SetBlockStatement(int line, string name, Block body, Expression value) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        var inner = new Scope(scope.State, scope);
        inner.Set(CapturedExpression.Variable, body.Capture(inner));
        scope.Set(name, value.Evaluate(inner));
        return Flow.Next;
    }
}

internal sealed record MacroParameter(string Name, Expression? Default);

internal sealed class MacroStatement(int line, string name, IReadOnlyList<MacroParameter> parameters, Block body) : Statement(line)
{
    protected override Flow ExecuteCore(Scope scope)
    {
        scope.Set(name, new MacroValue(name, parameters, body, scope));
        return Flow.Next;
    }
}
