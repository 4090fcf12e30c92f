namespace Trireme.Contracts.Serialization;

/// <summary>
/// Says of a method that calls itself over a tree it did not make why the tree cannot be deep: who has bounded it, and where. A stack
/// that overflows ends the process, so every such method counts its depth, checks the stack, or says this.
/// </summary>
/// <param name="by">What bounds the depth, such as "JsonDocument.Parse refuses more than 64 levels".</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BoundedDepthAttribute(string by) : Attribute
{
    public string By { get; } = by;
}
