using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Trireme.Contracts.Validation;
using Trireme.Gateway.Keys;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Requests;

/// <summary>Lists the services a key opens, as OpenAI lists models.</summary>
internal sealed class ModelsHandler(ApiKeyTable keys, RoutingTable routes)
{
    public async Task ListAsync(HttpContext context)
    {
        RequestId.Assign(context);
        if (InferenceHandler.Identify(keys.Current, context.Request, out ApiKeyIdentity? identity) is { } error)
        {
            await error.WriteAsync(context);
            return;
        }

        await WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "list"u8);
            writer.WriteStartArray("data"u8);
            foreach (ServiceRoute service in Services(identity!).OrderBy(static service => service.Name, StringComparer.Ordinal))
            {
                WriteModel(writer, service);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    public async Task GetAsync(HttpContext context)
    {
        RequestId.Assign(context);
        ApiError? error = InferenceHandler.Identify(keys.Current, context.Request, out ApiKeyIdentity? identity);
        if (error is null)
        {
            string id = context.GetRouteValue("id") as string ?? "";
            ServiceRoute? service = Services(identity!).FirstOrDefault(service => service.Name == id);
            if (service is not null)
            {
                await WriteAsync(context, writer => WriteModel(writer, service));
                return;
            }

            error = ApiErrors.ModelNotFound(id, NearestName.Find(id, Services(identity!).Select(static service => service.Name)));
        }

        await error.WriteAsync(context);
    }

    private ImmutableArray<ServiceRoute> Services(ApiKeyIdentity identity) =>
        routes.Snapshot.Namespaces.GetValueOrDefault(identity.Namespace)?.Values ?? [];

    private static void WriteModel(Utf8JsonWriter writer, ServiceRoute service)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, service.Name);
        writer.WriteString("object"u8, "model"u8);
        writer.WriteNumber("created"u8, service.Created?.ToUnixTimeSeconds() ?? 0);
        writer.WriteString("owned_by"u8, service.Namespace);
        if (service.Releases.MaxBy(static release => release.Weight) is { } release) writer.WriteString("release"u8, release.Label);
        writer.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        buffer.Position = 0;
        await buffer.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
