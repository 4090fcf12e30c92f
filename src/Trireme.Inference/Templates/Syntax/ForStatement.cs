using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Each iteration has its own scope: what it sets is gone with it, which is why templates use namespaces.</summary>
internal sealed class ForStatement(
    int line, AssignmentTarget target, TemplateExpression iterable, TemplateExpression? filter, Block body, Block? otherwise)
    : TemplateStatement(line)
{
    /// <summary>Its body may call "loop" with the items of the next level.</summary>
    public bool IsRecursive { get; init; }

    protected override Flow ExecuteCore(TemplateScope scope) => Run(scope, iterable.Evaluate(scope), depth: 0);

    private Flow Run(TemplateScope scope, object? value, int depth)
    {
        List<object?> items = Items(scope, value);
        var loop = new LoopValue(items, depth, IsRecursive ? inner => Capture(scope, inner, depth + 1) : null);
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

    /// <summary>What the next level writes.</summary>
    private TemplateText Capture(TemplateScope scope, object? value, int depth)
    {
        RenderState state = scope.State;
        int outerLine = state.PushDepth(state.Line);
        BoundedText outer = state.Output;
        state.Output = new BoundedText(state);
        Run(scope, value, depth);
        TemplateText text = state.Output.ToText();
        state.Output = outer;
        state.PopDepth(outerLine);
        return text;
    }

    private List<object?> Items(TemplateScope scope, object? value)
    {
        List<object?> items = TemplateValue.Iterate(value, scope.State);
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
        target.Assign(inner, item);
        return inner;
    }
}
