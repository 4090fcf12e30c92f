using System.CommandLine;
using Trireme.Connection;
using Trireme.Contracts.Serialization;
using Trireme.Load;
using Trireme.Output;

namespace Trireme.Commands;

internal static class LoadCommand
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var connection = new GatewayConnection();
        Option<string> service = new Option<string>("--service")
        {
            Description = "Name of the ModelService.",
            HelpName = "NAME",
            Required = true,
        }.OfModel();
        service.CompletionSources.Add(connection.Services);
        Option<double> rate = NumberOption.Of("--rps", "Requests per second, at random moments.", 0.001, 100_000, 5);
        Option<Duration> duration = CommonOptions.Duration("--for", "How long to send.", TimeSpan.FromSeconds(60), mayBeZero: false);
        Option<int> open = NumberOption.Of("--max-open", "Requests open at once; more are not sent and counted.", 1, 100_000, 512);
        Option<int> tokens = NumberOption.Of("--max-tokens", "Longest answer in tokens.", 1, int.MaxValue, 48);
        Option<int> sessions = NumberOption.Of("--sessions", "Distinct sessions the requests belong to.", 1, int.MaxValue, 1000);
        Option<int> seed = NumberOption.Of("--seed", "Repeats the same arrivals and prompts.", int.MinValue, int.MaxValue, 1);
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command(
            "load", "Send traffic to a service and report latencies and errors. Ctrl+C ends it early with the report so far.")
        {
            service, rate, duration, open, tokens, sessions, seed, output,
        };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewayClient gateway = connection.Open(parsed);
            var options = new LoadOptions
            {
                Service = parsed.GetValue(service)!,
                RequestsPerSecond = parsed.GetValue(rate),
                Duration = parsed.GetValue(duration),
                MaxOpenRequests = parsed.GetValue(open),
                MaxTokens = parsed.GetValue(tokens),
                Sessions = parsed.GetValue(sessions),
                Seed = parsed.GetValue(seed),
            };
            var run = new LoadRun(gateway, TimeProvider.System, options);
            return await RunAsync(run, options, parsed.GetValue(output), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(LoadRun run, LoadOptions options, OutputFormat format, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        using (var line = ProgressLine.Open())
        {
            line.Show(LoadProgress.Begin(options));
            Task sending = run.RunAsync(cancellationToken);
            while (!sending.IsCompleted)
            {
                await Task.WhenAny(sending, Task.Delay(LookInterval, TimeProvider.System, CancellationToken.None));
                TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
                bool isEnding = cancellationToken.IsCancellationRequested;
                if (line.IsDue) line.Show(LoadProgress.Text(run, elapsed, options.Duration, isEnding, line.IsTerminal));
            }

            await sending;
        }

        if (run.NotFound is { } exception) throw new CommandException(exception.Message, ExitCode.NotFound, exception);
        var report = new LoadReport(run.Samples, run.Dropped, TimeProvider.System.GetElapsedTime(start));
        if (format is OutputFormat.Json or OutputFormat.Yaml) ObjectPrinter.Print(report.ToJson(), format, Console.Out);
        else report.Print(Console.Out);
        return cancellationToken.IsCancellationRequested ? ExitCode.Cancelled
            : report.AllSucceeded ? ExitCode.Success
            : ExitCode.Failure;
    }
}
