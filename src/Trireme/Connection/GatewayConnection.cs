using System.CommandLine;
using System.CommandLine.Completions;
using Trireme.Commands;
using Trireme.Contracts.Schema;
using Trireme.Hosting;

namespace Trireme.Connection;

/// <summary>Options that choose the gateway a command talks to.</summary>
internal sealed class GatewayConnection
{
    /// <summary>Not OpenAI's own variable: that one often holds a key of theirs, which must not be sent to another gateway.</summary>
    private const string KeyVariable = "TRIREME_API_KEY";

    private readonly Option<DirectoryInfo> _dataFolder = CommonOptions.DataFolder();

    private readonly Option<string> _url =
        new("--url") { Description = "OpenAI base URL; the one of the data folder otherwise.", HelpName = "URL" };

    private readonly Option<string> _key = new("--api-key")
    {
        Description = $"API key for --url; {KeyVariable} otherwise, so that it need not stand in the process list.",
        HelpName = "KEY",
    };

    /// <summary>Completes with the services of the data folder's platform, as far as its first key opens them.</summary>
    public Func<CompletionContext, IEnumerable<CompletionItem>> Services => context =>
    {
        // Those of another gateway are nobody's guess.
        if (context.ParseResult.ValueOrDefault(_url) is not null) return [];
        return new ObjectNames(new ApiConnection(_dataFolder)).Of(ResourceCatalog.ModelServices)(context);
    };

    public void AddTo(Command command)
    {
        command.Add(_dataFolder);
        command.Add(_url);
        command.Add(_key);
    }

    public GatewayClient Open(ParseResult parsed)
    {
        string? key = parsed.GetValue(_key) ?? KeyOfEnvironment();
        if (parsed.GetValue(_url) is { } url)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out _)) throw new CommandException($"--url: \"{url}\" is not a URL", ExitCode.Usage);
            return new GatewayClient(url, key ?? throw new CommandException($"--url needs --api-key or {KeyVariable}", ExitCode.Usage));
        }

        var data = new DataFolderLayout(parsed.GetValue(_dataFolder)!.FullName);
        Endpoints endpoints = Endpoints.Read(data);
        return new GatewayClient(endpoints.Gateway, key ?? LocalKeys.Api(data), endpoints.GatewayCertificate);
    }

    /// <summary>An empty variable is as good as none.</summary>
    private static string? KeyOfEnvironment() =>
        Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null;
}
