using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;
using Trireme.Hosting;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Shows what clients used, from the ledger of the platform.</summary>
internal static class UsageCommand
{
    private static readonly string Words = string.Join(", ", UsageQuestion.Dimensions);

    public static Command Create()
    {
        var by = new Option<string>("--by")
        {
            Description = $"What to tell apart: some of {Words}, with commas between them.",
            HelpName = "WORDS",
            DefaultValueFactory = static _ => "tenant,model",
        };
        by.CompletionSources.Add([.. UsageQuestion.Dimensions]);
        var since = new Option<string>("--since")
        {
            Description = "From when on: an age such as 7d, 12h or 90m, or a time such as 2026-01-31. Sums are of whole hours.",
            HelpName = "TIME",
            DefaultValueFactory = static _ => "1d",
        };
        var until = new Option<string>("--until") { Description = "Until when, likewise; until now otherwise.", HelpName = "TIME" };
        var tenant = new Option<string>("--namespace", "-n") { Description = "One tenant only; all otherwise.", HelpName = "NAME" };
        var key = new Option<string>("--key") { Description = "One API key only, by its id.", HelpName = "ID" };
        Option<DirectoryInfo> folder = CommonOptions.DataFolder();
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Csv, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("usage", "Show what clients used: requests, tokens and what they cost.")
        {
            by, since, until, tenant, key, folder, output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
            UsageReport report = await UsageClient.ReadAsync(
                data,
                [
                    ("by", parsed.GetValue(by)),
                    ("since", parsed.GetValue(since)),
                    ("until", parsed.GetValue(until)),
                    ("namespace", parsed.GetValue(tenant)),
                    ("key", parsed.GetValue(key)),
                ],
                cancellationToken);
            await PrintAsync(report, parsed.GetValue(output));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task PrintAsync(UsageReport report, OutputFormat format)
    {
        if (format == OutputFormat.Csv)
        {
            UsagePrinter.PrintCsv(report, Console.Out);
        }
        else if (format != OutputFormat.Table)
        {
            ObjectPrinter.Print((JsonObject)JsonSerializer.SerializeToNode(report, ResourceJson.Options)!, format, Console.Out);
        }
        else if (report.Total.Requests == 0)
        {
            await Console.Error.WriteLineAsync($"Nothing was used {Span(report)}.");
        }
        else
        {
            UsagePrinter.PrintTable(report, Console.Out);
        }

        if (report.IsTruncated)
        {
            await Console.Error.WriteLineAsync(
                $"There are more than these {report.Items.Count} lines; the total is of all. Ask for a shorter time, or with --namespace.");
        }
    }

    private static string Span(UsageReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"from {report.From.UtcDateTime:yyyy-MM-dd HH:mm} to {report.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
}
