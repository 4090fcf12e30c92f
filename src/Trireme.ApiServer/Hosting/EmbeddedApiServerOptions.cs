using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Trireme.ApiServer.Hosting;

/// <summary>How a self-contained API server starts.</summary>
public sealed record EmbeddedApiServerOptions
{
    /// <summary>
    /// Folder of the database, the certificates, the administrator's token and kubeconfig, and of further users in tokens.csv
    /// (see <see cref="Security.TokenFile"/>) where there is one; a temporary folder, removed in the end, when null.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>Loopback port; zero takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Adapts the server's options, such as its clock or the length of its history.</summary>
    public Func<ApiServerOptions, ApiServerOptions> Configure { get; init; } = static options => options;

    /// <summary>Whether every namespace gets the certificate of the server's authority, as in a cluster, for the programs in it.</summary>
    public bool PublishAuthority { get; init; }

    /// <summary>Adapts the web server, such as its limits or the socket it takes over.</summary>
    public Action<IWebHostBuilder>? WebHost { get; init; }

    /// <summary>Adds log outputs; none by default.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}
