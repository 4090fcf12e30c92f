namespace Trireme.Kubernetes;

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed, but everything up to the revision has been delivered.</summary>
    Bookmark,
}

/// <summary>One line of a watch. Bookmarks have a revision only.</summary>
public sealed record WatchEvent<T>(WatchEventType Type, T? Resource, string ResourceVersion)
    where T : class;
