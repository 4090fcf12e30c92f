using Trireme.Operator.Tests.Artifacts;
using Trireme.Operator.Tests.TestWorker;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Trireme.Operator.Tests;

/// <summary>Runs the tests; or, as "worker …" or "fetch …", a process for them to kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [TestEngine.Command, ..]) return await TestEngine.RunAsync(args);
        if (args is [KilledFetch.Command, ..]) return await KilledFetch.RunAsync(args);
        bool hosted = args.Contains("--server") || args.Contains("--internal-msbuild-node");
        return hosted
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
