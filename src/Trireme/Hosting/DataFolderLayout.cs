namespace Trireme.Hosting;

/// <summary>Where the platform keeps what. Everything below one folder, so that a backup is a copy of it.</summary>
internal sealed class DataFolderLayout(string root)
{
    public const string EnvironmentVariable = "TRIREME_DATA_DIR";

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Addresses and key of the running platform; absent while it is stopped.</summary>
    public string Endpoints => Path.Combine(Root, "endpoints.json");

    /// <summary>Held by the running platform.</summary>
    public string Lock => Path.Combine(Root, "platform.lock");

    /// <summary>The first API key in clear, readable by the owner only; the store itself has the hash.</summary>
    public string ApiKey => Path.Combine(Root, "credentials", "api-key");

    /// <summary>Keys that protect the dashboard's browser sessions over a restart.</summary>
    public string BrowserKeys => Path.Combine(Root, "credentials", "browser");

    /// <summary>What the platform logs, beside older files of the same name with a number.</summary>
    public string Log => Path.Combine(Root, "logs", "trireme.log");

    public static string DefaultPath() =>
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".trireme");
}
