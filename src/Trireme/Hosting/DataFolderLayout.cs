using Trireme.Contracts.Serialization;

namespace Trireme.Hosting;

/// <summary>Where the platform keeps what. Everything lies below one folder.</summary>
internal sealed class DataFolderLayout(string root)
{
    public const string EnvironmentVariable = "TRIREME_DATA_DIR";

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Addresses of the running platform; absent while it is stopped, and not to be believed of one that was killed.</summary>
    public string Endpoints => Path.Combine(Root, "endpoints.json");

    /// <summary>Held by the running platform.</summary>
    public string Lock => Path.Combine(Root, "platform.lock");

    /// <summary>Where the folder lay when a platform last ran on it.</summary>
    public string Location => Path.Combine(Root, "location");

    /// <summary>There while a restore replaces what is in the folder.</summary>
    public string Restoring => Path.Combine(Root, "restore.unfinished");

    /// <summary>The first API key in clear, readable by the owner only; the store itself has the hash.</summary>
    public string ApiKey => Path.Combine(Root, "credentials", "api-key");

    /// <summary>What programs present to the query API and /metrics, in clear.</summary>
    public string TelemetryKey => Path.Combine(Root, "credentials", "telemetry-key");

    /// <summary>What sign-in links are made with while this start lasts, in base64.</summary>
    public string SignInKey => Path.Combine(Root, "credentials", "sign-in-key");

    /// <summary>Keys that protect the dashboard's browser sessions over a restart.</summary>
    public string BrowserKeys => Path.Combine(Root, "credentials", "browser");

    /// <summary>Responses that gateways keep for their clients.</summary>
    public string Responses => Path.Combine(Root, "responses.db");

    /// <summary>What clients used.</summary>
    public string Usage => Path.Combine(Root, "usage.db");

    /// <summary>What clients used and is not in that file yet, a file for each gateway.</summary>
    public string UsageSpools => Path.Combine(Root, "usage");

    /// <summary>What the platform logs, beside older files of the same name with a number.</summary>
    public string Log => Path.Combine(Root, "logs", "trireme.log");

    /// <summary>What a gateway in a process of its own logs.</summary>
    public string GatewayLog(string name) => Path.Combine(Root, "logs", name + ".log");

    /// <summary>What replicas' processes print.</summary>
    public string ReplicaLogs => Path.Combine(Root, "logs", "replicas");

    /// <summary>What the platform remembers of replicas, a folder for each that exists.</summary>
    public string Replicas => Path.Combine(Root, "replicas");

    /// <summary>
    /// What a command to paste says behind its words to mean this folder; nothing for the one of a shell in which nothing names another.
    /// </summary>
    public string ForCommands => Root == Path.GetFullPath(HomePath()) ? "" : $" --data-dir {ShellWord.Of(Root)}";

    public static string DefaultPath() =>
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named
            ? named
            : HomePath();

    private static string HomePath() => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".trireme");
}
