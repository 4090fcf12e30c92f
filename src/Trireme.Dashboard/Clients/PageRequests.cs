using System.Collections.Concurrent;

namespace Trireme.Dashboard.Clients;

/// <summary>The requests of one page or poll: side by side, a few at a time, each failing alone.</summary>
internal sealed class PageRequests(DashboardOptions options) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.MaxConcurrentRequests);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>By panel, why it could not be read.</summary>
    public IReadOnlyDictionary<string, string> Problems => _problems;

    /// <summary>Reads what a panel shows; where that fails, the panel has a problem and keeps what it is given for the case.</summary>
    /// <exception cref="OperationCanceledException">The page was left.</exception>
    public async Task<T> ReadAsync<T>(
        string panel,
        T whenFailed,
        Func<CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await read(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever is wrong with the answer, the panel says so and the next poll tries again.
            _problems[panel] = exception.Message;
            return whenFailed;
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
