namespace Trireme.Contracts.Schema;

/// <summary>A list whose items are identified by one property: server-side apply merges it item by item.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(string key) : Attribute
{
    public string Key { get; } = key;
}

/// <summary>A list of distinct scalars: server-side apply merges it value by value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;
