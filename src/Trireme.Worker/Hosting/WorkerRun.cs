using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Worker.Onnx;

namespace Trireme.Worker.Hosting;

/// <summary>One life of a worker: listen and load, serve, drain, end.</summary>
internal sealed partial class WorkerRun
{
    /// <summary>Time for open connections to send what they have once nothing computes any more.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly WorkerOptions _options;
    private readonly WorkerIdentity _identity;
    private readonly WorkerLifecycle _lifecycle;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics = new();
    private readonly IModelServing _serving;
    private readonly long _started;
    private volatile bool _refused;
    private volatile bool _changed;

    public WorkerRun(WorkerOptions options, WorkerLifecycle lifecycle, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _identity = new WorkerIdentity(options);
        _lifecycle = lifecycle;
        _loggers = loggers;
        _logger = loggers.CreateLogger<WorkerRun>();
        _time = time;
        _started = time.GetTimestamp();
        _serving = OnnxFile.IsChosen(options)
            ? new OnnxServing(options, _identity, lifecycle, _metrics, loggers, time)
            : new TokenServing(options, _identity, lifecycle, _metrics, loggers, time);
        _metrics
            .Gauge(WorkerMetricNames.Info, "What this worker serves.", "model_name", "release", "content_hash", "version")
            .With(_identity.ModelName, _identity.ReleaseName ?? "", _identity.ContentHash ?? "", WorkerIdentity.Version)
            .Set(1);
    }

    /// <summary>Runs until the lifecycle ends, or at once until the interruption completes.</summary>
    public async Task<int> RunAsync(Task interrupted)
    {
        if (!ListenAddress.TryParse(_options.Host, _options.Port, out IPEndPoint? listen, out string? problem))
        {
            LogCannotStart(_logger, problem, exception: null);
            return WorkerExitCode.Failed;
        }

        if (!TryReadKey(out ReplicaKey? key)) return WorkerExitCode.Failed;

        // :: Step 1: Listen, so that a platform sees the worker load, and begin to load while the server is made.
        using var background = new CancellationTokenSource();
        var listening = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task loading = LoadAsync(listening.Task, background.Token);
        await using WebApplication application = Application(key).Build(listen);
        listening.SetResult(await TryListenAsync(application));
        if (!await listening.Task)
        {
            await background.CancelAsync();
            await loading;
            return WorkerExitCode.Failed;
        }

        // :: Step 2: Serve until asked to end.
        Task watching = WatchOwnerAsync(background.Token);
        await Task.WhenAny(_lifecycle.StopRequested, interrupted);

        // :: Step 3: Let open requests end, unless what they compute with is another model by now.
        TimeSpan patience = _changed ? TimeSpan.Zero : _options.DrainTimeout;
        await Task.WhenAny(_lifecycle.Drained, interrupted, Task.Delay(patience, _time, background.Token));
        await background.CancelAsync();
        await Task.WhenAll(loading, watching);

        // :: Step 4: End the engine first, so that answers cut by the timeout tell their clients, then the server.
        if (_lifecycle.Model is { } model) await model.DisposeAsync();
        await StopAsync(application, atOnce: interrupted.IsCompleted);
        if (interrupted.IsCompleted) return WorkerExitCode.Interrupted;
        if (_lifecycle.State != WorkerState.Failed) return WorkerExitCode.Drained;
        if (_changed) return WorkerExitCode.ModelFileChanged;
        return _refused ? WorkerExitCode.CannotServe : WorkerExitCode.Failed;
    }

    private WorkerApplication Application(ReplicaKey? key) => new(_identity, _lifecycle, _serving, _metrics, _loggers, _time)
    {
        AllowedOrigins = _options.AllowedOrigins,
        AllowedHosts = _options.AllowedHosts,
        Key = key,
    };

    private bool TryReadKey(out ReplicaKey? key)
    {
        key = null;
        if (_options.ApiKeyFile is not { } file) return true;
        try
        {
            key = ReplicaKey.Read(file);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogCannotStart(_logger, exception.Message, exception: null);
            return false;
        }
    }

    private async Task<bool> TryListenAsync(WebApplication application)
    {
        try
        {
            await application.StartAsync();
            _lifecycle.Listening = new StartupStage { Stage = "listen", Seconds = _time.GetElapsedTime(_started).TotalSeconds };
            if (_options.EndpointFile is not { } file) return true;
            var uri = new Uri(application.Urls.First());
            var bound = new IPEndPoint(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port);
            await EndpointFile.WriteAsync(file, ListenAddress.ToUrl(bound), Environment.ProcessId, CancellationToken.None);
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            LogCannotStart(_logger, exception.Message, exception: null);
            return false;
        }
    }

    /// <param name="listening">Whether there will be anyone to serve.</param>
    /// <param name="cancellationToken">Ends loading.</param>
    private async Task LoadAsync(Task<bool> listening, CancellationToken cancellationToken)
    {
        try
        {
            using FilePins? pins = PinnedModel.Read(_options.PinsFile);
            LoadedModel model = await Task.Run(() => _serving.LoadAsync(pins, cancellationToken), cancellationToken);
            if (!await listening)
            {
                await model.DisposeAsync();
                return;
            }

            _lifecycle.BecomeReady(model);
            LogReady(_logger, _identity.ModelName);
            if (pins is not null) Refuse(await PinnedModel.WaitForChangeAsync(pins, _time, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to end before there was anything to serve.
        }
        catch (ModelFileChangedException exception)
        {
            Refuse(exception.Message);
        }
        catch (Exception exception)
        {
            string reason = exception is OutOfMemoryException
                ? "Loading it takes more memory than the process may have. Raise resources.memory (--memory) or serve a smaller model."
                : exception.Message;
            _refused = exception is ModelFormatException or EngineStartException or OutOfMemoryException;
            bool expected = _refused || exception is IOException or UnauthorizedAccessException;
            string problem = $"The model cannot be served. {reason}";
            LogCannotStart(_logger, problem, expected ? null : exception);
            if (_refused) WriteRefusal(problem);
            _lifecycle.Fail(problem);
        }
    }

    /// <summary>Ends a worker whose model is not, or no longer, what was verified.</summary>
    private void Refuse(string change)
    {
        _changed = true;
        LogModelChanged(_logger, change);
        WriteRefusal(change);
        _lifecycle.Fail(change);
    }

    /// <summary>Tells whoever started the worker why it ends, without having to be found in a log.</summary>
    private void WriteRefusal(string problem)
    {
        if (_options.TerminationMessageFile is not { } file) return;
        try
        {
            File.WriteAllText(file, problem + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogRefusalNotWritten(_logger, file, exception.Message);
        }
    }

    private async Task WatchOwnerAsync(CancellationToken cancellationToken)
    {
        if (_options.OwnerLockFile is not { } file) return;
        try
        {
            await new OwnerWatch(file, _options.OwnerTimeout, _time).WaitUntilLostAsync(cancellationToken);
            LogOwnerLost(_logger, file, _options.OwnerTimeout.TotalSeconds);
            _lifecycle.Drain();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker ends for another reason.
        }
    }

    private async Task StopAsync(WebApplication application, bool atOnce)
    {
        using var grace = new CancellationTokenSource(atOnce ? TimeSpan.Zero : StopGrace, _time);
        await application.StopAsync(grace.Token);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker cannot start: {Problem}")]
    private static partial void LogCannotStart(ILogger logger, string? problem, Exception? exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The model is not what was verified; the worker ends: {Problem}")]
    private static partial void LogModelChanged(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} cannot be written: {Problem}")]
    private static partial void LogRefusalNotWritten(ILogger logger, string file, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} is ready")]
    private static partial void LogReady(ILogger logger, string model);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "No process has held the lock on {File} for {Seconds} s; the worker drains and ends")]
    private static partial void LogOwnerLost(ILogger logger, string file, double seconds);
}
