using Microsoft.AspNetCore.Components;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Components;

/// <summary>A page that shows the fleet as it changes.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private IDisposable? _subscription;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private protected FleetSnapshot Snapshot { get; private set; } = FleetSnapshot.Empty;

    protected override void OnInitialized()
    {
        var poller = (FleetPoller)Services.GetService(typeof(FleetPoller))!;
        Snapshot = poller.Current;
        _subscription = poller.Subscribe(Show);
    }

    public void Dispose()
    {
        _subscription?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called on the page's own thread before it is drawn with the new snapshot.</summary>
    protected virtual Task OnSnapshotAsync() => Task.CompletedTask;

    private void Show(FleetSnapshot snapshot) => _ = InvokeAsync(async () =>
    {
        Snapshot = snapshot;
        await OnSnapshotAsync();
        StateHasChanged();
    });
}
