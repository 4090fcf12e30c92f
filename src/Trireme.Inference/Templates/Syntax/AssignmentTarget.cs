using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Where a value goes.</summary>
internal abstract record AssignmentTarget
{
    public abstract void Assign(TemplateScope scope, object? value);
}

internal sealed record NameTarget(string Name) : AssignmentTarget
{
    public override void Assign(TemplateScope scope, object? value) => scope.Set(Name, value);
}

/// <summary>An attribute of a namespace.</summary>
internal sealed record AttributeTarget(string Owner, string Attribute) : AssignmentTarget
{
    public override void Assign(TemplateScope scope, object? value)
    {
        if (scope.Lookup(Owner) is not NamespaceValue target)
        {
            throw scope.State.Fail($"'{Owner}' is no namespace; only a namespace's attributes can be set.");
        }

        target.Set(Attribute, value);
    }
}

/// <summary>Several targets that a sequence of as many values is unpacked into.</summary>
internal sealed record TupleTarget(IReadOnlyList<AssignmentTarget> Targets) : AssignmentTarget
{
    public override void Assign(TemplateScope scope, object? value)
    {
        List<object?> items = TemplateValue.Iterate(value, scope.State);
        if (items.Count != Targets.Count)
        {
            throw scope.State.Fail($"{items.Count} values cannot be unpacked into {Targets.Count} names.");
        }

        for (int i = 0; i < items.Count; i++) Targets[i].Assign(scope, items[i]);
    }
}
