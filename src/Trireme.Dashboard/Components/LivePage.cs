using Microsoft.AspNetCore.Components;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Components;

/// <summary>A page that shows the fleet as it changes.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _left = new();
    private IDisposable? _subscription;

    [Inject]
    private FleetPoller Poller { get; set; } = null!;

    private protected FleetOverview Snapshot { get; private set; } = FleetOverview.Empty;

    /// <summary>Cancelled when the browser leaves the page.</summary>
    private protected CancellationToken Left => _left.Token;

    protected override void OnInitialized()
    {
        _subscription = Poller.Subscribe(Show);
        Snapshot = Poller.Current;
    }

    public void Dispose()
    {
        _subscription?.Dispose();
        // Cancelled and not disposed: a read that is under way still holds the token.
        _left.Cancel();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called on the page's own thread after it was drawn with the new snapshot; it is drawn again afterwards.</summary>
    protected virtual Task OnSnapshotAsync() => Task.CompletedTask;

    private void Show(FleetOverview snapshot) => _ = InvokeAsync(() => ShowAsync(snapshot));

    private async Task ShowAsync(FleetOverview snapshot)
    {
        if (Left.IsCancellationRequested) return;
        try
        {
            Snapshot = snapshot;
            StateHasChanged();
            Task more = OnSnapshotAsync();
            if (more.IsCompletedSuccessfully) return;
            await more;
            if (!Left.IsCancellationRequested) StateHasChanged();
        }
        catch (Exception exception)
        {
            // Nobody awaits this task; the page's error boundary is where a bug belongs.
            await DispatchExceptionAsync(exception);
        }
    }
}
