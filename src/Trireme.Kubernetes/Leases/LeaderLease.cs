using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>
/// Elects one leader among processes through a Lease object. Clocks of different machines are never compared: a candidate
/// measures with its own clock for how long it has seen the lease unchanged.
/// </summary>
public sealed partial class LeaderLease
{
    private readonly IResourceClient<Lease> _client;
    private readonly LeaderLeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Lease? _observed;
    private long _observedAt;

    public LeaderLease(IResourceClient<Lease> client, LeaderLeaseOptions options, ILogger<LeaderLease> logger, TimeProvider time)
    {
        _client = client;
        _options = options;
        _logger = logger;
        _time = time;
    }

    private ResourceKey Key => new(_options.Namespace, _options.Name);

    /// <summary>
    /// Waits for the lease, then leads until leading returns, the lease is lost (its token is cancelled) or this call is cancelled.
    /// The lease is given up at the end, so that another need not wait for it to expire.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (!await TryAcquireAsync(cancellationToken)) await Task.Delay(_options.Retry, _time, cancellationToken);
        LogElected(Key, _options.Identity);
        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task leading = lead(term.Token);
        Task renewing = RenewAsync(term);
        try
        {
            await leading;
        }
        finally
        {
            await term.CancelAsync();
            await renewing;
            await ReleaseAsync();
        }
    }

    /// <summary>Takes or renews the lease. False if another holds it.</summary>
    internal async Task<bool> TryAcquireAsync(CancellationToken cancellationToken)
    {
        try
        {
            Lease current = await _client.GetAsync(Key, cancellationToken);
            if (current.Metadata.ResourceVersion != _observed?.Metadata.ResourceVersion) Observe(current);
            bool mine = current.Spec?.HolderIdentity == _options.Identity;
            bool free = string.IsNullOrEmpty(current.Spec?.HolderIdentity)
                || _time.GetElapsedTime(_observedAt) > TimeSpan.FromSeconds(
                    current.Spec.LeaseDurationSeconds ?? _options.Duration.TotalSeconds);
            if (!mine && !free) return false;
            Observe(await _client.ReplaceAsync(current with { Spec = Next(current.Spec, mine) }, cancellationToken));
            return true;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return await TryCreateAsync(cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            return false;
        }
    }

    private async Task<bool> TryCreateAsync(CancellationToken cancellationToken)
    {
        var lease = new Lease
        {
            Metadata = new ObjectMeta { Name = _options.Name, Namespace = _options.Namespace },
            Spec = Next(null, mine: false),
        };
        try
        {
            Observe(await _client.CreateAsync(lease, cancellationToken));
            return true;
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            return false;
        }
    }

    private async Task RenewAsync(CancellationTokenSource term)
    {
        long renewed = _time.GetTimestamp();
        while (!term.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_options.Retry, _time, term.Token);
                if (await TryAcquireAsync(term.Token)) renewed = _time.GetTimestamp();
                else if (_observed?.Spec?.HolderIdentity is { Length: > 0 } other && other != _options.Identity) renewed = long.MinValue;
            }
            catch (OperationCanceledException) when (term.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException)
            {
                LogRenewFailed(exception, Key);
            }

            if (renewed != long.MinValue && _time.GetElapsedTime(renewed) < _options.RenewDeadline) continue;
            LogLost(Key, _options.Identity);
            await term.CancelAsync();
        }
    }

    private async Task ReleaseAsync()
    {
        if (_observed is not { Spec: { } spec } lease || spec.HolderIdentity != _options.Identity) return;
        using var timeout = new CancellationTokenSource(_options.Retry, _time);
        try
        {
            await _client.ReplaceAsync(lease with { Spec = spec with { HolderIdentity = "" } }, timeout.Token);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException or OperationCanceledException)
        {
            // It expires by itself.
            LogRenewFailed(exception, Key);
        }
    }

    private LeaseSpec Next(LeaseSpec? current, bool mine)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return new LeaseSpec
        {
            HolderIdentity = _options.Identity,
            LeaseDurationSeconds = (int)_options.Duration.TotalSeconds,
            AcquireTime = mine ? current?.AcquireTime : now,
            RenewTime = now,
            LeaseTransitions = (current?.LeaseTransitions ?? 0) + (mine || current is null ? 0 : 1),
        };
    }

    private void Observe(Lease lease)
    {
        _observed = lease;
        _observedAt = _time.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Information, "{Identity} leads by lease {Lease}")]
    private partial void LogElected(ResourceKey lease, string identity);

    [LoggerMessage(LogLevel.Warning, "{Identity} lost lease {Lease} and steps down")]
    private partial void LogLost(ResourceKey lease, string identity);

    [LoggerMessage(LogLevel.Warning, "Lease {Lease} could not be renewed")]
    private partial void LogRenewFailed(Exception exception, ResourceKey lease);
}
