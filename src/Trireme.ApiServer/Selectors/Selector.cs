using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Selectors;

/// <summary>Which objects of a kind a list, watch or deletion is about.</summary>
internal sealed record Selector(LabelSelector Labels, FieldSelector Fields)
{
    public bool IsEverything => Labels.IsEverything && Fields.IsEverything;

    public bool Matches(StoredObject stored)
    {
        // The name is known without looking into the object.
        if (Fields.Name is { } name && stored.Key.Name != name) return false;
        if (IsEverything) return true;
        Selectable selectable = stored.Selectable;
        return Labels.Matches(selectable.Labels) && Fields.Matches(selectable);
    }
}
