using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>
/// One program's connection to an API server over which things go wrong as a plan says. Answers take a moment even when all is well, so
/// that callers interleave as they do over a network. Disposing ends the connection for good, as the death of its program does: nothing
/// is sent over it any more.
/// </summary>
public sealed class FaultyApi(IResourceClients inner, FaultPlan plan, TimeProvider time) : IResourceClients, IDisposable
{
    private readonly CancellationTokenSource _cut = new();

    public IResourceClient<T> Of<T>()
        where T : class, IResource =>
        new FaultyClient<T>(inner.Of<T>(), plan, time, _cut.Token);

    public void Dispose()
    {
        _cut.Cancel();
        _cut.Dispose();
    }
}
