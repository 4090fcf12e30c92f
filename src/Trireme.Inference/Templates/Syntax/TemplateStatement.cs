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
internal abstract class TemplateStatement(int line)
{
    public Flow Execute(TemplateScope scope)
    {
        int outer = scope.State.PushDepth(line);
        Flow flow = ExecuteCore(scope);
        scope.State.PopDepth(outer);
        return flow;
    }

    protected abstract Flow ExecuteCore(TemplateScope scope);
}

/// <summary>Statements in order, up to a break or continue.</summary>
internal sealed class Block(IReadOnlyList<TemplateStatement> statements)
{
    public Flow Execute(TemplateScope scope)
    {
        foreach (TemplateStatement statement in statements)
        {
            Flow flow = statement.Execute(scope);
            if (flow != Flow.Next) return flow;
        }

        return Flow.Next;
    }

    /// <summary>What the statements write, as text.</summary>
    public string Capture(TemplateScope scope)
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

internal sealed class BlockStatement(int line, Block body) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope) => body.Execute(scope);
}

internal sealed class TextStatement(int line, string text) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        scope.State.Output.Append(text);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(int line, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        ValueText.Write(value.Evaluate(scope), scope.State.Output, scope.State);
        return Flow.Next;
    }
}

internal sealed class IfStatement(int line, IReadOnlyList<(TemplateExpression Test, Block Body)> branches, Block? otherwise)
    : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        foreach ((TemplateExpression test, Block body) in branches)
        {
            if (TemplateValue.IsTrue(test.Evaluate(scope))) return body.Execute(scope);
        }

        return otherwise?.Execute(scope) ?? Flow.Next;
    }
}

internal sealed class LoopControlStatement(int line, Flow flow) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope) => flow;
}

/// <summary>Each iteration has its own scope: what it sets is gone with it, which is why templates use namespaces.</summary>
internal sealed class ForStatement(
    int line, IReadOnlyList<string> targets, TemplateExpression iterable, TemplateExpression? filter, Block body, Block? otherwise)
    : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        List<object?> items = Items(scope);
        var loop = new LoopValue(items, scope.Lookup("loop") as LoopValue);
        for (int i = 0; i < items.Count; i++)
        {
            scope.State.Spend(1);
            loop.Index = i;
            TemplateScope inner = Bind(scope, items[i]);
            inner.Set("loop", loop);
            if (body.Execute(inner) == Flow.Break) break;
        }

        return items.Count == 0 && otherwise is not null ? otherwise.Execute(new TemplateScope(scope.State, scope)) : Flow.Next;
    }

    private List<object?> Items(TemplateScope scope)
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

    private TemplateScope Bind(TemplateScope scope, object? item)
    {
        var inner = new TemplateScope(scope.State, scope);
        inner.Unpack(targets, item);
        return inner;
    }
}

internal sealed class SetStatement(int line, IReadOnlyList<string> targets, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        scope.Unpack(targets, value.Evaluate(scope));
        return Flow.Next;
    }
}

internal sealed class SetAttributeStatement(int line, string owner, string attribute, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        if (scope.Lookup(owner) is not NamespaceValue target)
        {
            throw scope.State.Fail($"'{owner}' is no namespace; only a namespace's attributes can be set.");
        }

        target.Values[attribute] = value.Evaluate(scope);
        return Flow.Next;
    }
}

internal sealed class SetBlockStatement(int line, string name, Block body, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        var inner = new TemplateScope(scope.State, scope);
        inner.Set(CapturedExpression.Variable, body.Capture(inner));
        scope.Set(name, value.Evaluate(inner));
        return Flow.Next;
    }
}

internal sealed record MacroParameter(string Name, TemplateExpression? Default);

internal sealed class MacroStatement(int line, string name, IReadOnlyList<MacroParameter> parameters, Block body) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        scope.Set(name, new MacroValue(name, parameters, body, scope));
        return Flow.Next;
    }
}
