namespace Trireme.Inference.Templates.Runtime;

/// <summary>The arguments of one call.</summary>
internal sealed class Arguments(object?[] positional, IReadOnlyDictionary<string, object?> named)
{
    public static Arguments Empty { get; } = new([], new Dictionary<string, object?>());

    /// <summary>How many have no name.</summary>
    public int Count => positional.Length;

    public IReadOnlyDictionary<string, object?> Named => named;

    public object? this[int index] => positional[index];

    /// <summary>Without the first arguments.</summary>
    public Arguments Skip(int count) => new(From(count), named);

    /// <summary>The arguments without a name from a place on.</summary>
    public object?[] From(int index) => positional[Math.Min(index, positional.Length)..];

    /// <summary>As many of the arguments without a name, and other named ones.</summary>
    public Arguments With(int count, IReadOnlyDictionary<string, object?> others) => new(positional[..count], others);

    public bool TryGet(int index, string name, out object? value)
    {
        if (index >= positional.Length) return named.TryGetValue(name, out value);
        value = positional[index];
        return true;
    }

    /// <summary>Fails when more is given than these parameters take.</summary>
    public void Limit(RenderState state, string callee, params ReadOnlySpan<string> parameters)
    {
        if (positional.Length > parameters.Length)
        {
            throw state.Fail($"{callee} takes at most {parameters.Length} arguments, not {positional.Length}.");
        }

        foreach (string name in named.Keys)
        {
            int index = parameters.IndexOf(name);
            if (index < 0) throw state.Fail($"{callee} takes no argument '{name}'.");
            if (index < positional.Length) throw state.Fail($"{callee} is given '{name}' twice.");
        }
    }

    public object? Required(RenderState state, int index, string name) =>
        TryGet(index, name, out object? value) ? value : throw state.Fail($"the argument '{name}' is missing.");

    public TemplateText RequiredText(RenderState state, int index, string name) =>
        Required(state, index, name) as TemplateText ?? throw state.Fail($"the argument '{name}' must be a string.");

    public TemplateText? OptionalText(RenderState state, int index, string name)
    {
        if (!TryGet(index, name, out object? value) || value is null) return null;
        return value as TemplateText ?? throw state.Fail($"the argument '{name}' must be a string.");
    }

    public long Integer(RenderState state, int index, string name, long otherwise)
    {
        if (!TryGet(index, name, out object? value) || value is null) return otherwise;
        return TemplateValue.Integer(value) ?? throw state.Fail($"the argument '{name}' must be a whole number.");
    }

    public bool Flag(int index, string name, bool otherwise) =>
        TryGet(index, name, out object? value) ? TemplateValue.IsTrue(value) : otherwise;
}
