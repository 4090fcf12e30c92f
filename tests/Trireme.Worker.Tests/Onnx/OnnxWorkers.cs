using System.Collections.Concurrent;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Onnx;

/// <summary>One worker per sample model, started when a test asks for it first.</summary>
public sealed class OnnxWorkers : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<RunningWorker>>> _workers = [];

    public Task<RunningWorker> Linear => Get("linear", OnnxSamples.Linear());

    public Task<RunningWorker> Identities => Get("identities", OnnxSamples.Identities());

    public Task<RunningWorker> Lookup => Get("lookup", OnnxSamples.Lookup());

    public Task<RunningWorker> Logarithm => Get("logarithm", OnnxSamples.Logarithm());

    public Task<RunningWorker> ZipMap => Get("zipmap", OnnxSamples.ZipMap());

    /// <summary>A worker of its own for one test.</summary>
    public Task<RunningWorker> StartAsync(string name, byte[] model, Func<WorkerOptions, WorkerOptions>? configure = null)
    {
        string file = _folder.File(name + ".onnx");
        File.WriteAllBytes(file, model);
        return RunningWorker.StartAsync(options =>
        {
            options = options with { ModelPath = file };
            return configure is null ? options : configure(options);
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<RunningWorker>> worker in _workers.Values) await (await worker.Value).DisposeAsync();
        _folder.Dispose();
    }

    private Task<RunningWorker> Get(string name, byte[] model) =>
        _workers.GetOrAdd(name, _ => new Lazy<Task<RunningWorker>>(() => StartAsync(name, model))).Value;
}
