using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;
using Trireme.Contracts.Resources;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>What a platform asks a worker about itself; answered in every state.</summary>
internal sealed class StatusEndpoints(WorkerLifecycle lifecycle, WorkerIdentity identity, MetricRegistry metrics)
{
    /// <summary>vLLM numbers the engines of one server; there is one here.</summary>
    private const string EngineLabel = "0";

    public Task HealthAsync(HttpContext context)
    {
        WorkerState state = lifecycle.State;
        bool asleep = state == WorkerState.Ready && lifecycle.Model is { IsAsleep: true };
        bool ready = state == WorkerState.Ready && !asleep;
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        string told = asleep ? EngineStates.Sleeping : state.ToString().ToLowerInvariant();
        return WriteAsync(context, new HealthResponse(told, lifecycle.Failure));
    }

    public Task VersionAsync(HttpContext context)
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString();
        string runtime = RuntimeInformation.FrameworkDescription;
        string? kernels = lifecycle.Model?.Kernels;
        return WriteAsync(context, new VersionResponse(WorkerIdentity.Version, architecture, SimdFeatures(), kernels, runtime));
    }

    /// <summary>The stages of the start; none until the model is loaded.</summary>
    public Task StartupAsync(HttpContext context)
    {
        IReadOnlyList<StartupStage> stages =
            lifecycle is { Model: { } model, Listening: { } listening } ? [listening, .. model.Startup] : [];
        return WriteAsync(context, new StartupResponse(stages));
    }

    public Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricRegistry.ContentType;
        return context.Response.WriteAsync(metrics.ToText(), context.RequestAborted);
    }

    public Task LoadAsync(HttpContext context)
    {
        if (lifecycle.Model is null) return WriteAsync(context, new LoadResponse(0, 0, 0));
        int running = (int)Read(EngineMetricNames.RequestsRunning);
        int waiting = (int)Read(EngineMetricNames.RequestsWaiting);
        return WriteAsync(context, new LoadResponse(running, waiting, running + waiting));
    }

    private static Task WriteAsync<T>(HttpContext context, T value) =>
        context.Response.WriteAsJsonAsync(value, OpenAiJson.Options, context.RequestAborted);

    /// <summary>Instruction sets the kernels may use on this machine.</summary>
    private static List<string> SimdFeatures()
    {
        (string Name, bool Supported)[] features =
        [
            ("avx2", Avx2.IsSupported),
            ("fma", Fma.IsSupported),
            ("avx512f", Avx512F.IsSupported),
            ("avx512bw", Avx512BW.IsSupported),
            ("avx512vbmi", Avx512Vbmi.IsSupported),
            ("neon", AdvSimd.IsSupported),
            ("dotprod", Dp.IsSupported),
        ];
        return [.. features.Where(static feature => feature.Supported).Select(static feature => feature.Name)];
    }

    /// <summary>The value of a gauge the engine has registered.</summary>
    private double Read(string gauge) =>
        metrics.Gauge(gauge, "", "model_name", "engine").With(identity.ModelName, EngineLabel).Value;

    private sealed record HealthResponse(string State, string? Message);

    private sealed record VersionResponse(string Version, string Architecture, IReadOnlyList<string> Simd, string? Kernels, string Runtime);

    private sealed record StartupResponse(IReadOnlyList<StartupStage> Stages);

    /// <param name="Running">Requests that compute.</param>
    /// <param name="Waiting">Requests that wait to.</param>
    /// <param name="ServerLoad">Both, as vLLM counts them.</param>
    private sealed record LoadResponse(int Running, int Waiting, int ServerLoad);
}
