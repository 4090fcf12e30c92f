using Trireme.EndToEnd.Tests;
using Trireme.Testing;

[assembly: AssemblyFixture(typeof(PlatformFixture))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Trireme.EndToEnd.Tests;

/// <summary>One running platform for all tests that leave it as they found it.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public PlatformProcess Platform { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Platform = await PlatformProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await Platform.DisposeAsync();
        _folder.Dispose();
    }
}
