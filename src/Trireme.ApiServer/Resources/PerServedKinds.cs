namespace Trireme.ApiServer.Resources;

/// <summary>
/// What is written of the kinds that are served: once for each set of custom kinds that somebody asks about. Nothing else changes it.
/// </summary>
/// <param name="resources">The kinds.</param>
/// <param name="write">Writes it, given what was written last.</param>
internal sealed class PerServedKinds<T>(ServedResources resources, Func<T?, T> write)
    where T : class
{
    private readonly Lock _lock = new();
    private volatile Written? _written;

    /// <summary>Of the kinds as they are now.</summary>
    public T Current()
    {
        if (_written is { } known && known.Of == resources.Custom.Served) return known.Content;
        lock (_lock)
        {
            // Taken first: what is newer than it is written again.
            IReadOnlyList<ServedResource> of = resources.Custom.Served;
            if (_written is { } made && made.Of == of) return made.Content;
            T content = write(_written?.Content);
            _written = new Written(of, content);
            return content;
        }
    }

    private sealed record Written(IReadOnlyList<ServedResource> Of, T Content);
}
