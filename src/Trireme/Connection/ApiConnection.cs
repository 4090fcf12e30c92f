using System.CommandLine;
using System.CommandLine.Parsing;
using Trireme.Commands;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>Options that choose the API server a command talks to.</summary>
internal sealed class ApiConnection(Option<DirectoryInfo> dataFolder)
{
    private readonly Option<FileInfo> _kubeconfig = new("--kubeconfig")
    {
        Description = "Kubeconfig of another API server; the one of the data folder otherwise.",
        HelpName = "FILE",
    };

    private readonly Option<string> _context = new("--context") { Description = "Context of the kubeconfig.", HelpName = "NAME" };

    public ApiConnection()
        : this(CommonOptions.DataFolder())
    {
    }

    public void AddTo(Command command)
    {
        command.Add(dataFolder);
        command.Add(_kubeconfig);
        command.Add(_context);
        Option<string>? scope = command.Options.OfType<Option<string>>().FirstOrDefault(option => option.Name == "--namespace");
        scope?.CompletionSources.Add(new ObjectNames(this).Of(ResourceCatalog.Namespaces));
    }

    /// <summary>The data folder whose platform is asked; null where it is another API server.</summary>
    public DataFolderLayout? OwnFolder(ParseResult parsed) => parsed.ValueOrDefault(_kubeconfig) is null ? Layout(parsed) : null;

    public DataFolderLayout Layout(ParseResult parsed) => new(parsed.ValueOrDefault(dataFolder)!.FullName);

    /// <summary>Opens the connection, runs the command's work and turns the server's answers into messages and exit codes.</summary>
    public async Task<int> RunAsync(ParseResult parsed, Func<KubernetesConnection, Task<int>> work)
    {
        try
        {
            using KubernetesConnection connection = Open(parsed);
            return await work(connection);
        }
        catch (ApiException exception)
        {
            throw new CommandException(Explain(parsed, exception), Code(exception), exception);
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException($"the API server does not answer: {exception.Message}", ExitCode.Unreachable, exception);
        }
    }

    /// <exception cref="CommandException">No platform runs on the data folder, or the kubeconfig cannot be used.</exception>
    public KubernetesConnection Open(ParseResult parsed)
    {
        string? file = parsed.ValueOrDefault(_kubeconfig)?.FullName;
        string? context = parsed.ValueOrDefault(_context);
        if (file is null) file = Endpoints.Read(Layout(parsed)).Kubeconfig;
        else CommandException.ThrowIfMissing(file);
        try
        {
            return KubernetesConnection.FromKubeconfig(file, context);
        }
        catch (k8s.Exceptions.KubeConfigException exception)
        {
            throw new CommandException($"{file}: {exception.Message}", ExitCode.Invalid, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(Clause.Of(file, exception), ExitCode.OfFile(exception), exception);
        }
    }

    /// <summary>What the server says, and where it looked.</summary>
    public static string Explain(ParseResult parsed, ApiException exception) =>
        (exception.Status.Message ?? exception.Message) + (exception.IsNotFound ? Place(parsed, exception.Status.Details?.Kind) : "");

    /// <summary>Where an object was looked for: the server does not say, and another namespace may have one.</summary>
    private static string Place(ParseResult parsed, string? kind)
    {
        bool isNamespaced = kind is not null && ResourceCatalog.Find(kind) is { Namespaced: true };
        if (!isNamespaced || Of("--filename") is { Implicit: false }) return "";
        return Of("--namespace") is { } scope ? $" in namespace {scope.GetValueOrDefault<string>()}" : "";

        OptionResult? Of(string name) =>
            parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == name) is { } option
                ? parsed.GetResult(option)
                : null;
    }

    private static int Code(ApiException exception) =>
        exception.IsNotFound ? ExitCode.NotFound
        : exception.IsInvalid || exception.StatusCode is System.Net.HttpStatusCode.BadRequest ? ExitCode.Invalid
        : ExitCode.Failure;
}
