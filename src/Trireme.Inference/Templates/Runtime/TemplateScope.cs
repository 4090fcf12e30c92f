namespace Trireme.Inference.Templates.Runtime;

/// <summary>Variables, looked up from the inside out and set in the innermost scope.</summary>
internal sealed class TemplateScope(RenderState state, TemplateScope? parent)
{
    private Dictionary<string, object?>? _variables;

    public RenderState State => state;

    /// <summary>The outermost scope, which holds the template's own variables.</summary>
    public TemplateScope Root
    {
        get
        {
            TemplateScope scope = this;
            while (scope.Parent is { } outer) scope = outer;
            return scope;
        }
    }

    private TemplateScope? Parent => parent;

    public object? Lookup(string name)
    {
        for (TemplateScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._variables is not null && scope._variables.TryGetValue(name, out object? value)) return value;
        }

        return new Undefined($"'{name}'");
    }

    public void Set(string name, object? value) => (_variables ??= new Dictionary<string, object?>(StringComparer.Ordinal))[name] = value;
}
