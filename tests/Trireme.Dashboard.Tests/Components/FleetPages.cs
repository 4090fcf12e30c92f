using Bunit;

namespace Trireme.Dashboard.Tests.Components;

/// <summary>Pages over a server of their own, which each test fills or breaks.</summary>
public abstract class FleetPages : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private protected FleetServer Server { get; private set; } = null!;

    private protected DashboardContext Context { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Server = await FleetServer.StartAsync();
        Context = new DashboardContext(Server);
    }

    public async ValueTask DisposeAsync()
    {
        await Context.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
