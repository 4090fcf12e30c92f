using Microsoft.Data.Sqlite;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Dialects.Responses;

namespace Trireme.Hosting.Responses;

/// <summary>
/// Keeps responses in a file of the data folder. A file that cannot be used takes nothing but the keeping: answers go on, their clients are
/// told that these are not kept, and the file is tried again after a while.
/// </summary>
internal sealed partial class ResponseStore : IResponseStore, IAsyncDisposable
{
    /// <summary>One response takes no more than this part of the room.</summary>
    private const int LargestPart = 4;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    /// <summary>Longer than another gateway's write is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly string _path;
    private readonly ResponseStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ResponseStore> _logger;
    private readonly Counter _outcomes;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _sweep;
    private ResponseDatabase? _database;
    private long? _failedAt;
    private bool _isDisposed;

    public ResponseStore(
        string path, ResponseStoreOptions options, MetricRegistry metrics, TimeProvider time, ILogger<ResponseStore> logger)
    {
        (_path, _options, _time, _logger) = (path, options, time, logger);
        _outcomes = metrics.Counter(
            GatewayMetricNames.KeptResponses,
            "Responses that were kept, and what came of them: kept, failed, too_large, evicted for room, expired by age.",
            "outcome");
        _sweep = time.CreateTimer(static state => _ = ((ResponseStore)state!).SweepAsync(), this, SweepEvery, SweepEvery);
    }

    private DateTimeOffset KeptSince => _time.GetUtcNow() - _options.MaxAge;

    public async ValueTask<KeptResponse?> FindAsync(string owner, string id, CancellationToken cancellationToken) =>
        await UseAsync(database => database.Find(owner, id, KeptSince), cancellationToken);

    public async ValueTask<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken) =>
        await UseAsync(database => database.Delete(owner, id), cancellationToken);

    public async ValueTask<bool> TryKeepAsync(KeptResponse response, CancellationToken cancellationToken)
    {
        if (ResponseDatabase.BytesOf(response) > _options.MaxBytes / LargestPart)
        {
            _outcomes.With("too_large").Add();
            return false;
        }

        try
        {
            (int evicted, int expired) = await UseAsync(
                database => database.Keep(response, _options.MaxBytes, KeptSince), cancellationToken);
            _outcomes.With("kept").Add();
            _outcomes.With("evicted").Add(evicted);
            _outcomes.With("expired").Add(expired);
            return true;
        }
        catch (IOException)
        {
            _outcomes.With("failed").Add();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await _turn.WaitAsync();
        _isDisposed = true;
        _database?.Dispose();
        _turn.Release();
    }

    /// <summary>Forgets what is too old although nothing new comes.</summary>
    internal async Task SweepAsync()
    {
        try
        {
            // A file that nobody has used yet is not made for this.
            if (_database is null && !File.Exists(_path)) return;
            _outcomes.With("expired").Add(await UseAsync(database => database.Sweep(KeptSince), CancellationToken.None));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It was told when it failed, and the next one comes.
        }
    }

    /// <summary>Does something with the file, away from the threads that answer. A disk that hangs holds nobody up for long.</summary>
    /// <exception cref="IOException">The file cannot be used now.</exception>
    private async Task<T> UseAsync<T>(Func<ResponseDatabase, T> use, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return await TakeTurnAsync(use).WaitAsync(Patience, _time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new IOException($"{_path} is not read or written within {Patience.TotalSeconds:0} seconds", exception);
        }
    }

    /// <summary>One after another, because a connection does one thing at a time; who gave up waiting leaves the turn to its end.</summary>
    private async Task<T> TakeTurnAsync<T>(Func<ResponseDatabase, T> use)
    {
        await _turn.WaitAsync();
        try
        {
            if (_failedAt is { } at && _time.GetElapsedTime(at) < RetryAfter) throw new IOException($"{_path} failed a moment ago");
            T result = await Task.Run(() => use(_database ??= ResponseDatabase.Open(_path)));
            _failedAt = null;
            return result;
        }
        catch (Exception exception) when (exception is SqliteException or InvalidDataException)
        {
            // What is wrong may be of the connection alone.
            _database?.Dispose();
            _database = null;
            if (_failedAt is null) LogFailed(_path, exception.Message);
            _failedAt = _time.GetTimestamp();
            throw new IOException($"{_path} cannot be used: {exception.Message}", exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "Responses are not kept, because {Path} cannot be used: {Problem}. Answers go on. It is tried again every few seconds; move the "
        + "file away to begin with an empty one")]
    private partial void LogFailed(string path, string problem);
}
