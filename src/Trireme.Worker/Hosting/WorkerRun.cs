using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
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
    private readonly HeapBound? _heap = HeapBound.Begin();
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

    /// <summary>
    /// Runs until the lifecycle ends, or at once until the interruption completes. The log says what a death leaves to ask.
    /// </summary>
    public async Task<int> RunAsync(Task interrupted)
    {
        string budget = _options.MemoryBytes is { } bytes ? new ByteSize(bytes).ToRoundedText() : "half of what the process may use";
        LogBegins(
            _logger,
            _identity.ModelName,
            _identity.ModelPath,
            _identity.ReleaseName ?? "none",
            _identity.ContentHash ?? "not given",
            budget,
            _options.Threads,
            WorkerIdentity.Version);
        int code = await ServeAsync(interrupted);
        string meaning = WorkerExitCode.Meaning(code);
        double seconds = _time.GetElapsedTime(_started).TotalSeconds;
        LogEnds(_logger, code, meaning, seconds);
        return code;
    }

    private async Task<int> ServeAsync(Task interrupted)
    {
        if (!ListenAddress.TryParse(_options.Host, _options.Port, out IPEndPoint? listen, out string? problem))
        {
            LogCannotStart(_logger, problem, exception: null);
            return WorkerExitCode.Failed;
        }

        if (!TryReadFiles(out ReplicaKey? key)) return WorkerExitCode.Failed;

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
        if (_lifecycle.State == WorkerState.Draining) LogDrains(_logger, _lifecycle.Open, _options.DrainTimeout.TotalSeconds);

        // :: Step 3: Let open requests end, unless what they compute with is another model by now.
        TimeSpan patience = _changed ? TimeSpan.Zero : _options.DrainTimeout;
        await Task.WhenAny(_lifecycle.Drained, interrupted, Task.Delay(patience, _time, background.Token));
        await background.CancelAsync();
        await SettleAsync(Task.WhenAll(loading, watching), interrupted, patience);

        // :: Step 4: End the engine first, so that answers cut by the timeout tell their clients, then the server.
        if (_lifecycle.Model is { } model) await model.DisposeAsync();
        await StopAsync(application, atOnce: interrupted.IsCompleted);
        if (interrupted.IsCompleted) return WorkerExitCode.Interrupted;
        if (_lifecycle.State != WorkerState.Failed) return WorkerExitCode.Drained;
        if (_changed) return WorkerExitCode.ModelFileChanged;
        return _refused ? WorkerExitCode.CannotServe : WorkerExitCode.Failed;
    }

    /// <summary>Loading looks at its token between files; one that hangs in a file or a library holds up no end.</summary>
    private async Task SettleAsync(Task work, Task interrupted, TimeSpan patience)
    {
        using var settled = new CancellationTokenSource();
        await Task.WhenAny(work, interrupted, Task.Delay(patience > StopGrace ? patience : StopGrace, _time, settled.Token));
        await settled.CancelAsync();
        if (!work.IsCompleted) LogLoadAbandoned(_logger);
    }

    private WorkerApplication Application(ReplicaKey? key) => new(_identity, _lifecycle, _serving, _metrics, _loggers, _time)
    {
        AllowedOrigins = _options.AllowedOrigins,
        AllowedHosts = _options.AllowedHosts,
        Key = key,
    };

    /// <summary>Reads the key, and looks at the files that are written or watched later: at a pipe that would wait for ever.</summary>
    private bool TryReadFiles(out ReplicaKey? key)
    {
        key = null;
        try
        {
            if (_options.ApiKeyFile is { } file) key = ReplicaKey.Read(file);
            foreach (string? later in (string?[])[_options.EndpointFile, _options.TerminationMessageFile, _options.OwnerLockFile])
            {
                if (later is not null) RegularFile.ThrowIfOther(later);
            }

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
            var uri = new Uri(application.Urls.First());
            string url = ListenAddress.ToUrl(new IPEndPoint(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port));
            LogListens(_logger, url, Environment.ProcessId);
            if (_options.EndpointFile is { } file) await EndpointFile.WriteAsync(file, url, Environment.ProcessId, CancellationToken.None);
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

            _heap?.Apply(model.ReservedBytes);
            _lifecycle.BecomeReady(model);
            TellReady(model);
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

    /// <summary>Logs what loading took, such as "weights 1.20 s, warmup 0.31 s".</summary>
    private void TellReady(LoadedModel model)
    {
        IEnumerable<string> taken = model.Startup.Select(
            static stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Stage} {stage.Seconds:0.00} s"));
        string stages = string.Join(", ", taken);
        double seconds = _time.GetElapsedTime(_started).TotalSeconds;
        long memoryMiB = Environment.WorkingSet >> 20;
        LogReady(_logger, _identity.ModelName, seconds, stages, memoryMiB);
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
            RegularFile.ThrowIfOther(file);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The worker ends in the middle of loading, which did not stop when told to")]
    private static partial void LogLoadAbandoned(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} cannot be written: {Problem}")]
    private static partial void LogRefusalNotWritten(ILogger logger, string file, string problem);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Serves {Model} from {Path}, release {Release}, content hash {ContentHash}, memory budget {Budget}, {Threads} threads, "
            + "version {Version}")]
    private static partial void LogBegins(
        ILogger logger, string model, string path, string release, string contentHash, string budget, int threads, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Listens at {Url} as process {Pid}")]
    private static partial void LogListens(ILogger logger, string url, int pid);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "{Model} is ready after {Seconds:0.00} s: {Stages}; {MemoryMiB} MiB of memory in use")]
    private static partial void LogReady(ILogger logger, string model, double seconds, string stages, long memoryMiB);

    [LoggerMessage(Level = LogLevel.Information, Message = "Drains: {Open} open requests have {Seconds:0} s to end")]
    private static partial void LogDrains(ILogger logger, int open, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ends with exit code {Code}, {Meaning}, after {Seconds:0.0} s")]
    private static partial void LogEnds(ILogger logger, int code, string meaning, double seconds);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "No process has held the lock on {File} for {Seconds} s; the worker drains and ends")]
    private static partial void LogOwnerLost(ILogger logger, string file, double seconds);
}
