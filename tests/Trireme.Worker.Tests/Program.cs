using System.Text.Json;
using Trireme.Worker.Hosting;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Trireme.Worker.Tests;

/// <summary>Runs the tests, or the worker that a test starts as a process of its own.</summary>
internal static class Program
{
    public const string WorkerMode = "worker";
    public const string ModelFuzzMode = "load-mutated-models";

    public static Task<int> Main(string[] arguments)
    {
        if (arguments is [WorkerMode, var options])
        {
            return RunWorkerAsync(JsonSerializer.Deserialize<WorkerOptions>(options)!);
        }

        if (arguments is [ModelFuzzMode]) return Task.FromResult(Onnx.OnnxFuzzTests.LoadMutatedModels());
        return arguments.Contains("--server") || arguments.Contains("--internal-msbuild-node")
            ? TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : ConsoleRunner.Run(arguments);
    }

    private static async Task<int> RunWorkerAsync(WorkerOptions options)
    {
        using var signals = new ShutdownSignals();
        return await WorkerHost.RunAsync(options, signals.First, signals.Second);
    }
}
