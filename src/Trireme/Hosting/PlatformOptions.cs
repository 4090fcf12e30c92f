namespace Trireme.Hosting;

/// <summary>How the platform runs on this machine.</summary>
internal sealed record PlatformOptions
{
    public required DataFolderLayout Data { get; init; }

    /// <summary>Address the gateway listens on. The API server and the dashboard stay on loopback.</summary>
    public required string Host { get; init; }

    /// <summary>Port of the gateway; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Port of the API server; 0 takes a free one.</summary>
    public required int ApiPort { get; init; }

    /// <summary>Port of the dashboard; 0 takes a free one.</summary>
    public required int DashboardPort { get; init; }

    /// <summary>Whether the first start applies the sample service.</summary>
    public required bool WithSamples { get; init; }

    /// <summary>Folder of the program's samples; null where it runs without them.</summary>
    public string? Samples { get; init; }

    /// <summary>Further folders in which relative model paths are looked up.</summary>
    public IReadOnlyList<string> ModelRoots { get; init; } = [];

    public required Microsoft.Extensions.Logging.LogLevel LogLevel { get; init; }
}
