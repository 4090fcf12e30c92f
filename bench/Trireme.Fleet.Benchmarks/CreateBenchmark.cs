using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator;
using Trireme.Operator.ModelServices;

namespace Trireme.Fleet.Benchmarks;

/// <summary>A real API server with durable writes, a real operator, and engines that do nothing.</summary>
internal static class CreateBenchmark
{
    private const int Replicas = 256;
    private const int Runs = 3;

    public static async Task RunAsync(SortedDictionary<string, double> figures)
    {
        var seconds = new List<double>();
        for (int i = 0; i < Runs; i++) seconds.Add(await MeasureAsync());
        seconds.Sort();
        figures["create_256_seconds_median"] = Math.Round(seconds[Runs / 2], 3);
        figures["create_256_seconds_max"] = Math.Round(seconds[^1], 3);
        Console.WriteLine($"{Replicas} replicas of a new service exist after {figures["create_256_seconds_median"]} s (median of {Runs}).");
    }

    private static async Task<double> MeasureAsync()
    {
        string folder = Directory.CreateTempSubdirectory("trireme-bench-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "model"));
        await File.WriteAllTextAsync(Path.Combine(folder, "model", "config.json"), "{}");
        EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = folder, Port = 0 });
        try
        {
            using KubernetesConnection connection = KubernetesConnection.Open(new KubernetesConnectionOptions
            {
                Server = server.BaseAddress,
                CertificateAuthorityPem = server.AuthorityPem,
                BearerToken = server.Token,
            });
            using IHost host = Operator(connection, folder);
            await host.StartAsync();
            try
            {
                return await CreateAsync(connection);
            }
            finally
            {
                await host.StopAsync();
            }
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IHost Operator(KubernetesConnection connection, string folder)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(connection);
        builder.Services.AddSingleton(new MetricRegistry());
        builder.Services.AddSingleton<IRolloutTelemetry>(new NoTelemetry());
        builder.Services.AddTriremeOperator(new OperatorOptions
        {
            DataFolder = folder,
            Worker = new WorkerProgram { FileName = "/bin/sh", Arguments = ["-c", "exec sleep 600"] },
            ModelRoots = [folder],
        });
        return builder.Build();
    }

    private static async Task<double> CreateAsync(KubernetesConnection connection)
    {
        var releases = new ResourceClient<Release>(connection, "bench");
        var services = new ResourceClient<ModelService>(connection, "bench");
        var replicas = new ResourceClient<ModelReplica>(connection, "bench");
        await releases.CreateAsync(new Release
        {
            Metadata = new ObjectMeta { Name = "v1", Namespace = "default" },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = "model" } },
        });
        while (!(await releases.GetAsync(new ResourceKey("default", "v1"))).Status?.Conditions.IsTrue(ReleaseConditions.Verified) ?? true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await services.CreateAsync(new ModelService
        {
            Metadata = new ObjectMeta { Name = "big", Namespace = "default" },
            Spec = new ModelServiceSpec { Release = "v1", Replicas = Replicas, Drain = new DrainSpec { Timeout = new(TimeSpan.Zero) } },
        });
        long begun = Stopwatch.GetTimestamp();
        while ((await replicas.ListAsync("default")).Items.Count < Replicas)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private sealed class NoTelemetry : IRolloutTelemetry
    {
        public Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<WindowPair>>([]);
    }
}
