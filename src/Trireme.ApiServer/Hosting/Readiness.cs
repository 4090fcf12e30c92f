using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>Creates what must exist before the first request, and knows when that is done.</summary>
internal sealed partial class Readiness(
    ObjectStore store, ServedResources resources, ObjectWriter writer, ApiServerOptions options, ILogger<Readiness> logger)
    : IHostedService
{
    private static readonly string[] InitialNamespaces = ["default", "kube-system"];

    private volatile bool _ready;

    public bool IsReady => _ready;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (store.Migration is { } done) LogMigrated(options.DatabasePath, done.From, done.Objects, done.Backup);
        foreach (string name in InitialNamespaces)
        {
            var key = new ObjectKey(resources.Namespace, "", name);
            if (store.Get(key) is null) await writer.CreateAsync(key, PreparedObject.Of(NewNamespace(name)));
        }

        _ready = true;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _ready = false;
        return Task.CompletedTask;
    }

    private JsonObject NewNamespace(string name)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = resources.Namespace.Definition.ApiVersion,
            ["kind"] = resources.Namespace.Definition.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["uid"] = Guid.NewGuid().ToString(),
                ["creationTimestamp"] = ResourceDocument.Timestamp(options.Time.GetUtcNow()),
                ["generation"] = 1L,
            },
        };
        KindRules.OnCreate(resources.Namespace, document);
        return document;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The database {Path} was brought from layout {From} to the present one ({Objects} objects changed); as it was it lies in {Backup}")]
    private partial void LogMigrated(string path, long from, int objects, string backup);
}
