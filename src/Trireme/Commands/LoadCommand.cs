using System.CommandLine;
using System.Globalization;
using Trireme.Connection;
using Trireme.Contracts.Serialization;
using Trireme.Load;
using Trireme.Output;

namespace Trireme.Commands;

internal static class LoadCommand
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var connection = new GatewayConnection();
        var service = new Option<string>("--service") { Description = "Name of the ModelService.", HelpName = "NAME", Required = true };
        var rate = new Option<double>("--rps")
        {
            Description = "Requests per second, at random moments.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        Option<Duration> duration = CommonOptions.Duration("--for", "How long to send.", TimeSpan.FromSeconds(60));
        var open = new Option<int>("--max-open")
        {
            Description = "Requests open at once; more are not sent and counted.",
            HelpName = "N",
            DefaultValueFactory = _ => 512,
        };
        var tokens =
            new Option<int>("--max-tokens") { Description = "Longest answer in tokens.", HelpName = "N", DefaultValueFactory = _ => 48 };
        var sessions = new Option<int>("--sessions")
        {
            Description = "Distinct sessions the requests belong to.",
            HelpName = "N",
            DefaultValueFactory = _ => 1000,
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Repeats the same arrivals and prompts.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        Option<OutputFormat> output = CommonOptions.Output();
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 100_000))
            {
                result.AddError("--rps must be above 0 and at most 100000.");
            }
        });

        var command = new Command("load", "Send traffic to a service and report latencies and errors.")
        {
            service, rate, duration, open, tokens, sessions, seed, output,
        };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewayClient gateway = connection.Open(parsed);
            var run = new LoadRun(gateway, TimeProvider.System, new LoadOptions
            {
                Service = parsed.GetValue(service)!,
                RequestsPerSecond = parsed.GetValue(rate),
                Duration = parsed.GetValue(duration),
                MaxOpenRequests = parsed.GetValue(open),
                MaxTokens = parsed.GetValue(tokens),
                Sessions = Math.Max(1, parsed.GetValue(sessions)),
                Seed = parsed.GetValue(seed),
            });
            return await RunAsync(run, parsed.GetValue(duration), parsed.GetValue(output), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(LoadRun run, TimeSpan duration, OutputFormat format, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        Task sending = run.RunAsync(cancellationToken);
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(sending, Task.Delay(ProgressInterval, TimeProvider.System, CancellationToken.None));
            if (!Console.IsErrorRedirected) ShowProgress(run, TimeProvider.System.GetElapsedTime(start), duration);
        }

        if (!Console.IsErrorRedirected) await Console.Error.WriteAsync("\r\u001b[K");
        await sending;
        var report = new LoadReport(run, TimeProvider.System.GetElapsedTime(start));
        if (format is OutputFormat.Json or OutputFormat.Yaml) ObjectPrinter.Print(report.ToJson(), format, Console.Out);
        else report.Print(Console.Out);
        return report.AllSucceeded ? ExitCode.Success : ExitCode.Failure;
    }

    private static void ShowProgress(LoadRun run, TimeSpan elapsed, TimeSpan duration)
    {
        int failed = run.Samples.Count(sample => sample.Outcome != LoadOutcome.Succeeded);
        Console.Error.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r{ProgressBar.Text(elapsed / duration)}  sent {run.Started}, open {run.Open}, failed {failed}\u001b[K"));
    }
}
