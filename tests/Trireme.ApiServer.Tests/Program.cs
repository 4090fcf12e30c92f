using System.Globalization;
using System.Runtime.InteropServices;
using Trireme.ApiServer.Hosting;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Trireme.ApiServer.Tests;

/// <summary>Runs the tests; or, as "serve folder port", a server that a test may kill.</summary>
internal static class Program
{
    public const string ServeCommand = "serve";

    public static async Task<int> Main(string[] args)
    {
        if (args is [ServeCommand, string folder, string port])
        {
            await ServeAsync(folder, int.Parse(port, CultureInfo.InvariantCulture));
            return 0;
        }

        bool hosted = args.Contains("--server") || args.Contains("--internal-msbuild-node");
        return hosted
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }

    private static async Task ServeAsync(string folder, int port)
    {
        var stopped = new TaskCompletionSource();
        using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });
        var options = new EmbeddedApiServerOptions { DataFolder = folder, Port = port };
        await using EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(options);
        Console.WriteLine(server.BaseAddress);
        await stopped.Task;
    }
}
