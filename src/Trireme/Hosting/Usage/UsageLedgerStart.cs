using Trireme.Gateway.Limits;

namespace Trireme.Hosting.Usage;

/// <summary>Lets budgets go on with what was spent, before the first request is taken.</summary>
internal sealed class UsageLedgerStart(UsageLedger ledger, UsageLimiter limits) : IHostedService
{
    /// <summary>Longer than another gateway's write is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public Task StartAsync(CancellationToken cancellationToken) => ledger.StartAsync(limits.Restore, Patience);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
