using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Selectors;

/// <summary>Which objects of a kind a list, watch or deletion is about.</summary>
internal sealed record Selector(LabelSelector Labels, FieldSelector Fields)
{
    public bool IsEverything => Labels.IsEverything && Fields.IsEverything;

    /// <summary>
    /// What all objects that match have in common: best one value of a label or field, else one of few values of a label, else a label that
    /// they must have. What they must not have finds nothing: to look up those to leave out costs more than to look at all.
    /// </summary>
    public IndexHint? HintFor(ServedResource resource)
    {
        if (IsEverything) return null;
        IReadOnlyList<string> indexed = IndexEntries.FieldsOf(resource.QualifiedPlural);
        LabelRequirement? within = Labels.Requirements
            .Where(static label => label.Operator == LabelOperator.In)
            .MinBy(static label => label.Values.Count);
        FieldRequirement? field = Fields.Requirements.FirstOrDefault(field =>
            field is { Equal: true, Value.Length: > 0 } && indexed.Contains(field.Path));
        if (field is not null && within is not { Values.Count: 1 })
        {
            return new IndexHint(IndexEntries.KeyOfField(field.Path), [field.Value]);
        }

        if (within is not null) return new IndexHint(within.Key, within.Values);
        LabelRequirement? there = Labels.Requirements.FirstOrDefault(static label =>
            label.Operator is LabelOperator.Exists or LabelOperator.GreaterThan or LabelOperator.LessThan);
        return there is null ? null : new IndexHint(there.Key, Values: null);
    }

    public bool Matches(StoredObject stored)
    {
        // The name is known without looking into the object.
        if (Fields.Name is { } name && stored.Key.Name != name) return false;
        if (IsEverything) return true;
        Selectable selectable = stored.Selectable;
        return Labels.Matches(selectable.Labels) && Fields.Matches(selectable);
    }
}
