using Microsoft.Extensions.Logging;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Definitions;

/// <summary>
/// Keeps the custom kinds that are served what the stored definitions say. It learns of a change before the write is answered, so that
/// whoever saw a definition established can use it with the next request.
/// </summary>
internal sealed partial class DefinitionFeed
{
    private readonly ObjectStore _store;
    private readonly ServedResources _resources;
    private readonly ILogger<DefinitionFeed> _logger;

    public DefinitionFeed(ObjectStore store, ServedResources resources, ILogger<DefinitionFeed> logger)
    {
        _store = store;
        _resources = resources;
        _logger = logger;
        store.Changes.Observe(Follow);
    }

    /// <summary>A definition has changed, or an object is gone whose definition waits for that. The store's writer tells.</summary>
    public event Action? Changed;

    private void Follow(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            ServedResource resource = change.Object.Key.Resource;
            if (resource == _resources.Definitions) Take(change);
            else if (!resource.IsTerminating || change.Type != ChangeType.Deleted) continue;
            Changed?.Invoke();
        }
    }

    private void Take(Change change)
    {
        string name = change.Object.Key.Name;
        CustomKindSet kinds = _resources.Custom;
        CustomKind? before = kinds.Find(name);
        CustomKind? after = change.Type == ChangeType.Deleted ? null : CustomKind.Of(change.Object, before);
        if (after is null && change.Type != ChangeType.Deleted) LogUnreadable(name);
        _resources.Custom = after is null ? kinds.Without(name) : kinds.With(after);
        // What is shown in watches depends on the definition.
        if (before is not null && before.Served != after?.Served) _store.Changes.End(before.Storage);
    }

    [LoggerMessage(LogLevel.Error, "The definition {Name} cannot be read; its kind is not served until it is written again")]
    private partial void LogUnreadable(string name);
}
