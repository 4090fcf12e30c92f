using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;

namespace Trireme.Operator.Releases;

/// <summary>Cancels what is done for a release as soon as the release is deleted, or is another one, or names other files.</summary>
internal sealed class ReleaseWatch : IDisposable
{
    private readonly Informer<Release> _releases;
    private readonly Release _release;
    private readonly ResourceKey _key;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _lock = new();
    private bool _disposed;

    public ReleaseWatch(Informer<Release> releases, Release release, CancellationToken cancellationToken)
    {
        _releases = releases;
        _release = release;
        _key = ResourceKey.Of(release);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _stop.Token;
        _releases.Changed += Look;

        // It may have changed before it was watched.
        Look(_key);
    }

    public CancellationToken Token { get; }

    public void Dispose()
    {
        _releases.Changed -= Look;
        lock (_lock)
        {
            _disposed = true;
            _stop.Dispose();
        }
    }

    private void Look(ResourceKey changed)
    {
        if (changed != _key || IsSame(_releases.Snapshot.Find(_key))) return;
        lock (_lock)
        {
            if (!_disposed) _stop.Cancel();
        }
    }

    private bool IsSame(Release? now) =>
        now is { Metadata.IsDeleting: false }
        && now.Metadata.Uid == _release.Metadata.Uid
        && CanonicalJson.Same(now.Spec, _release.Spec);
}
