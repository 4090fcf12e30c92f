using System.CommandLine;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;
using Trireme.Output;
using Trireme.Releases;

namespace Trireme.Commands;

internal static class ReleaseCommand
{
    public static Command Create() => new("release", "Compare releases.") { Diff() };

    private static Command Diff()
    {
        var connection = new ApiConnection();
        Option<string> @namespace = CommonOptions.Namespace();
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var names = new ObjectNames(connection, @namespace);
        Argument<string> from = Name("FROM", "Name of the release to compare with."), to = Name("TO", "Name of the release to compare.");
        var command = new Command(
            "diff", "Say how two verified releases differ: weights, tokenizer, template, engine arguments and the rest, part by part.")
        {
            from, to, @namespace, output,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var releases = new ResourceClient<Release>(server, ApplyCommand.FieldManager);
            Release first = await GetAsync(from), second = await GetAsync(to);
            IReadOnlyList<ReleaseChange> changes = ReleaseDiff.Of(first, second);
            OutputFormat format = parsed.GetValue(output);
            if (format == OutputFormat.Table) ReleaseDiffPrinter.Print(first, second, changes, Console.Out);
            else ObjectPrinter.Print(ReleaseDiffPrinter.ToJson(first, second, changes), format, Console.Out);
            return ExitCode.Success;

            async Task<Release> GetAsync(Argument<string> argument)
            {
                string name = parsed.GetValue(argument)!.Split('/')[^1];
                Release release = await releases.GetAsync(new ResourceKey(parsed.GetValue(@namespace)!, name), cancellationToken);
                return release.Status?.ContentHash is not null ? release : throw NotVerified(release);
            }
        }));
        return command;

        Argument<string> Name(string name, string description)
        {
            Argument<string> argument = new Argument<string>(name) { Description = description }.OfName(ResourceCatalog.Releases);
            argument.CompletionSources.Add(names.Of(ResourceCatalog.Releases));
            return argument;
        }
    }

    private static CommandException NotVerified(Release release)
    {
        string why = (release.Status?.Conditions).Find(ReleaseConditions.Verified)?.Message ?? "it is being looked at";
        return new CommandException(
            $"release {release.Metadata.Name} has not been verified, so what is in its files is not known: {why}",
            ExitCode.CannotBecomeReady);
    }
}
