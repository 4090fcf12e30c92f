using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Projections;

/// <summary>A projected kind together with the stored kind behind it.</summary>
internal sealed class Projection(IProjectedKind kind, ServedResource source)
{
    public IProjectedKind Kind => kind;

    /// <summary>The kind whose objects are stored.</summary>
    public ServedResource Source => source;

    /// <summary>A stored version of an object in the projected form; null where it has none.</summary>
    public StoredObject? Of(StoredObject stored, ServedResource projected)
    {
        if (kind.Project(stored.Document) is not { } document) return null;
        return new StoredObject(stored.Key with { Resource = projected }, document.Uid(), stored.Revision, document.ToBytes(), document);
    }
}
