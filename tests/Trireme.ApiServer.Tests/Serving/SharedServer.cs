using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Access;
using Trireme.ApiServer.Tests.Serving;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>One server for all tests that only need objects in a namespace of their own.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private int _namespaces;

    internal EmbeddedApiServer Server { get; private set; } = null!;

    internal Api Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await StartAnotherAsync(TestAccess.To);
        Api = new Api(Server.CreateClient());
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>A server of its own for a test that needs other settings.</summary>
    internal static Task<EmbeddedApiServer> StartAnotherAsync(Func<ApiServerOptions, ApiServerOptions> configure) =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { Configure = configure }, TestContext.Current.CancellationToken);

    internal async Task<string> NewNamespaceAsync()
    {
        string name = $"test-{Interlocked.Increment(ref _namespaces)}";
        await Api.PostAsync("/api/v1/namespaces", Objects.Meta("v1", "Namespace", name), expect: 201);
        return name;
    }
}
