namespace Trireme.Contracts.Schema;

/// <summary>A list whose items are told apart by one property, or by several: server-side apply merges it item by item.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    /// <summary>The properties; strategic merge patches go by the first.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>True where Kubernetes takes several items of one key and warns of them; such a list is merged as a whole.</summary>
    public bool AllowsDuplicates { get; init; }
}

/// <summary>A list of distinct scalars: server-side apply merges it value by value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;
