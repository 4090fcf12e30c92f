namespace Trireme.Inference.Templates.Runtime;

/// <summary>Variables, looked up from the inside out and set in the innermost scope.</summary>
internal sealed class TemplateScope(RenderState state, TemplateScope? parent)
{
    private Dictionary<string, object?>? _variables;

    public RenderState State => state;

    public object? Lookup(string name)
    {
        for (TemplateScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._variables is not null && scope._variables.TryGetValue(name, out object? value)) return value;
        }

        return new Undefined($"'{name}'");
    }

    public void Set(string name, object? value) => (_variables ??= new Dictionary<string, object?>(StringComparer.Ordinal))[name] = value;

    /// <summary>Sets one name, or several from a sequence of as many values.</summary>
    public void Unpack(IReadOnlyList<string> names, object? value)
    {
        if (names.Count == 1)
        {
            Set(names[0], value);
            return;
        }

        List<object?> items = TemplateValue.Iterate(value, state);
        if (items.Count != names.Count) throw state.Fail($"{items.Count} values cannot be unpacked into {names.Count} names.");
        for (int i = 0; i < items.Count; i++) Set(names[i], items[i]);
    }

    private TemplateScope? Parent => parent;
}
