using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>Names of existing objects, for completion in a shell. A platform that does not answer at once completes nothing.</summary>
internal sealed class ObjectNames(ApiConnection connection, Func<ParseResult, string?> @namespace)
{
    /// <summary>Longer, a person takes the shell for stuck.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Completes with objects of one kind.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> Of(ResourceDefinition definition) =>
        context => Find(context.ParseResult, definition).Select(name => new CompletionItem(name));

    /// <summary>Completes KIND, KIND NAME... and KIND/NAME.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> OfWords(Argument<string[]> words) => context =>
    {
        string[] given = context.ParseResult.GetValue(words) ?? [];
        if (given.Length > 0 && given[^1] == context.WordToComplete) given = given[..^1];
        return Complete(context, given).Select(name => new CompletionItem(name));
    };

    private IEnumerable<string> Complete(CompletionContext context, string[] given)
    {
        int slash = context.WordToComplete.IndexOf('/', StringComparison.Ordinal);
        string kind = slash > 0 ? context.WordToComplete[..slash] : given is [var first, ..] ? first : "";
        if (kind.Length == 0) return ResourceCatalog.All.Select(definition => definition.Plural);
        if (ResourceCatalog.Find(kind) is not { } known) return [];
        IEnumerable<string> names = Find(context.ParseResult, known).Except(given);
        return slash > 0 ? names.Select(name => $"{kind}/{name}") : names;
    }

    private IReadOnlyList<string> Find(ParseResult parsed, ResourceDefinition definition)
    {
        string? scope = definition.Namespaced ? @namespace(parsed) : null;
        try
        {
            using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
            return Task.Run(() => ListAsync(parsed, definition, scope, deadline.Token)).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (
            exception is CommandException or ApiException or HttpRequestException or IOException or OperationCanceledException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(
        ParseResult parsed, ResourceDefinition definition, string? scope, CancellationToken cancellationToken)
    {
        using KubernetesConnection server = connection.Open(parsed);
        JsonObject list = await new UntypedClient(server, "trireme").ListAsync(definition, scope, new ListOptions(), cancellationToken);
        return [.. list["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!)];
    }
}
