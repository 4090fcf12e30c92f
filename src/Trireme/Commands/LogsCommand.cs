using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Logs;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Shows what engines and the platform said. It reads the data folder, so it works while the platform is down.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private static readonly Argument<string?> Target = new Argument<string?>("SERVICE|REPLICA")
    {
        Description = "Whose log to show: of a service, those of its replicas.",
        Arity = ArgumentArity.ZeroOrOne,
    }.OfName(ResourceCatalog.ModelServices, ResourceCatalog.ModelReplicas, ResourceCatalog.Pods);

    private static readonly Option<bool> Previous = new("--previous", "-p")
    {
        Description = "The newest process that has ended, with how it ended, instead of the newest.",
    };

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on and show lines as they come until Ctrl+C." };

    private static readonly Option<int?> Tail = NumberOption.Optional("--tail", "Only the last lines of each log.", 0, int.MaxValue);

    private static readonly Option<Duration?> Since = new("--since")
    {
        Description = "Only lines younger than this, such as 10m.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Duration.TryParse(text, out Duration duration)) return duration;
            result.AddError($"--since: \"{text}\" {Duration.Problem(text)}.");
            return null;
        },
    };

    private static readonly Option<bool> OfPlatform = new("--platform") { Description = "The platform's own log instead." };

    private static readonly Option<OutputFormat> Format = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json);

    public static Command Create()
    {
        Option<DirectoryInfo> dataFolder = CommonOptions.DataFolder();
        Option<string> @namespace = CommonOptions.Namespace();
        var command = new Command("logs", "Show what the engines of a service said, also of replicas that are gone.")
        {
            Target, Previous, Follow, Tail, Since, @namespace, OfPlatform, Format, dataFolder,
        };
        Target.CompletionSources.Clear();
        Target.CompletionSources.Add(context => Select(context.ParseResult).Names());
        command.Validators.Add(result =>
        {
            // To read the value here would pass over the argument's own check.
            bool named = result.GetResult(Target) is { Tokens.Count: > 0 }, platform = result.GetValue(OfPlatform);
            if (named == platform) result.AddError("name a service or a replica, or give --platform.");
            if (!result.GetValue(Previous)) return;
            if (platform) result.AddError("--previous: the platform's log goes through all its starts.");
            else if (result.GetValue(Follow)) result.AddError("--previous: nothing follows on the end of a process; leave out --follow.");
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, Select(parsed), cancellationToken));
        return command;

        LogSelection Select(ParseResult parsed) =>
            new(new DataFolderLayout(parsed.ValueOrDefault(dataFolder)!.FullName), parsed.ValueOrDefault(@namespace)!);
    }

    private static async Task<int> RunAsync(ParseResult parsed, LogSelection selection, CancellationToken cancellationToken)
    {
        DateTimeOffset? since = parsed.GetValue(Since) is { } age ? TimeProvider.System.GetUtcNow() - age : null;
        bool json = parsed.GetValue(Format) == OutputFormat.Json;
        var logs = new LogFollower(Sources, since);
        foreach ((string name, string line) in logs.Begin(parsed.GetValue(Tail), toEnd: !parsed.GetValue(Follow)))
        {
            await WriteAsync(name, line, logs.HasSeveral, json);
        }

        while (parsed.GetValue(Follow) && !StandardOutput.IsClosed)
        {
            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
            foreach ((string name, string line) in logs.More()) await WriteAsync(name, line, logs.HasSeveral, json);
        }

        return logs.HasSkipped ? ExitCode.Invalid : ExitCode.Success;

        IReadOnlyList<LogSource> Sources() =>
            parsed.GetValue(OfPlatform) ? [selection.Platform()] : selection.Find(parsed.GetValue(Target)!, parsed.GetValue(Previous));
    }

    private static Task WriteAsync(string replica, string line, bool severalLogs, bool json) => Console.Out.WriteLineAsync(
        json ? Json(replica, line) : (severalLogs ? $"[{replica}] " : "") + LogTimes.ToText(line));

    private static string Json(string replica, string line)
    {
        // The platform's lines are JSON already.
        if (replica.Length == 0 && line.StartsWith('{')) return line;
        var json = new JsonObject { ["time"] = LogTimes.Of(line)?.UtcDateTime.ToString("O"), ["replica"] = replica, ["line"] = line };
        return json.ToJsonString(ResourceJson.Options);
    }
}
