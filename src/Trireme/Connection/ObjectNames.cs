using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>Names of existing objects, for completion in a shell. A platform that does not answer at once completes nothing.</summary>
internal sealed class ObjectNames(ApiConnection connection, Option<string>? @namespace = null)
{
    /// <summary>
    /// Longer, a person takes the shell for stuck. A platform that is busy takes seconds to answer, and one that is away refuses at once.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Completes with objects of one kind.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> Of(ResourceDefinition definition) =>
        Of(definition, NameOf);

    /// <summary>Completes with a word of each object of one kind; null leaves one out.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> Of(ResourceDefinition definition, Func<JsonNode, string?> word) =>
        context => Find(context.ParseResult, definition, word).Select(name => new CompletionItem(name));

    /// <summary>Completes KIND, KIND,KIND, KIND NAME... and KIND/NAME.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> OfWords(Argument<string[]> words) => context =>
    {
        string[] given = context.ParseResult.Words(words);
        if (given.Length > 0 && given[^1] == context.WordToComplete) given = given[..^1];
        return Complete(context, given).Select(name => new CompletionItem(name));
    };

    private IEnumerable<string> Complete(CompletionContext context, string[] given)
    {
        int slash = context.WordToComplete.IndexOf('/', StringComparison.Ordinal);
        string kind = slash > 0 ? context.WordToComplete[..slash] : given is [var first, ..] ? first : "";
        if (kind.Length == 0) return Kinds(context.WordToComplete);
        IEnumerable<ResourceDefinition> known = kind.Split(',').Select(ResourceCatalog.Find).OfType<ResourceDefinition>();
        IEnumerable<string> names = known.SelectMany(one => Find(context.ParseResult, one, NameOf)).Distinct().Except(given);
        return slash > 0 ? names.Select(name => $"{kind}/{name}") : names;
    }

    /// <summary>Every kind; behind a comma those that the word does not name yet.</summary>
    private static IEnumerable<string> Kinds(string word)
    {
        string before = word[..(word.LastIndexOf(',') + 1)];
        ResourceDefinition?[] named = [.. before.Split(',').Select(ResourceCatalog.Find)];
        return ResourceCatalog.All.Except(named).Select(definition => before + definition!.Plural);
    }

    private static string? NameOf(JsonNode json) => (string?)json["metadata"]?["name"];

    private IReadOnlyList<string> Find(ParseResult parsed, ResourceDefinition definition, Func<JsonNode, string?> word)
    {
        string scope = @namespace is null ? TriremeApi.DefaultNamespace : parsed.ValueOrDefault(@namespace)!;
        try
        {
            using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
            return Task.Run(() => ListAsync(parsed, definition, scope, word, deadline.Token)).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (
            exception is CommandException or ApiException or HttpRequestException or IOException or UnauthorizedAccessException
                or JsonException or OperationCanceledException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(
        ParseResult parsed, ResourceDefinition definition, string scope, Func<JsonNode, string?> word, CancellationToken cancellationToken)
    {
        using KubernetesConnection server = connection.Open(parsed);
        JsonObject list = await new UntypedClient(server, "trireme").ListAsync(
            definition, definition.Namespaced ? scope : null, new ListOptions(), cancellationToken);
        return [.. list["items"]!.AsArray().Select(item => word(item!)).OfType<string>()];
    }
}
