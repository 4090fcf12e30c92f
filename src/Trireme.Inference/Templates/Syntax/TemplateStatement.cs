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
    public TemplateText Capture(TemplateScope scope)
    {
        RenderState state = scope.State;
        BoundedText outer = state.Output;
        state.Output = new BoundedText(state);
        Execute(scope);
        TemplateText text = state.Output.ToText();
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

/// <summary>Sets one or several variables.</summary>
internal sealed class SetStatement(int line, AssignmentTarget target, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary>Sets a variable to what its body writes, after filters.</summary>
internal sealed class SetBlockStatement(int line, AssignmentTarget target, Block body, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        var inner = new TemplateScope(scope.State, scope);
        inner.Set(CapturedExpression.Variable, body.Capture(inner));
        target.Assign(scope, value.Evaluate(inner));
        return Flow.Next;
    }
}

/// <summary>Writes what its body writes, after filters.</summary>
internal sealed class FilterStatement(int line, Block body, TemplateExpression value) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        var inner = new TemplateScope(scope.State, scope);
        inner.Set(CapturedExpression.Variable, body.Capture(inner));
        ValueText.Write(value.Evaluate(inner), scope.State.Output, scope.State);
        return Flow.Next;
    }
}

/// <summary>Variables for a part of the template; their values do not see one another.</summary>
internal sealed class WithStatement(int line, IReadOnlyList<(AssignmentTarget Target, TemplateExpression Value)> variables, Block body)
    : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        var inner = new TemplateScope(scope.State, scope);
        foreach ((AssignmentTarget target, TemplateExpression value) in variables) target.Assign(inner, value.Evaluate(scope));
        return body.Execute(inner);
    }
}

/// <summary>A named part. Without inheritance it shows where it stands; it sees the template's own variables, not those of loops.</summary>
internal sealed class NamedBlockStatement(int line, Block body, bool seesAll) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope) =>
        body.Execute(new TemplateScope(scope.State, seesAll ? scope : scope.Root));
}

internal sealed record MacroParameter(string Name, TemplateExpression? Default);

internal sealed class MacroStatement(int line, MacroDefinition macro) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        scope.Set(macro.Name, new MacroValue(macro, scope));
        return Flow.Next;
    }
}

/// <summary>Calls a macro that may call the block's body.</summary>
internal sealed class CallStatement(int line, CallExpression call, MacroDefinition caller) : TemplateStatement(line)
{
    protected override Flow ExecuteCore(TemplateScope scope)
    {
        ValueText.Write(call.Call(scope, new MacroValue(caller, scope)), scope.State.Output, scope.State);
        return Flow.Next;
    }
}
