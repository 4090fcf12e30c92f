using Trireme.Integration.Tests.Operator;
using Trireme.Operator.Tests.TestWorker;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Trireme.Integration.Tests;

/// <summary>Runs the tests; or, as "worker", an engine, and as "platform", an API server with an operator, for them to kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [TestEngine.Command, ..]) return await TestEngine.RunAsync(args);
        if (args is [TestPlatform.Command, string folder, string port]) return await TestPlatform.ServeAsync(folder, port);
        bool hosted = args.Contains("--server") || args.Contains("--internal-msbuild-node");
        return hosted
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
