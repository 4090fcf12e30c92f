using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Surface;

/// <summary>Shows the services of a caller as OpenAI shows models.</summary>
internal static class ModelsAnswer
{
    public static Task<RequestOutcome> ListAsync(GatewayRequest request) => WriteAsync(request, writer =>
    {
        IEnumerable<LiveService> services = request.Tenant?.Services.Where(service => request.Caller!.Opens(service.Route.Name)) ?? [];
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (LiveService service in services.OrderBy(static service => service.Route.Name, StringComparer.Ordinal))
        {
            WriteModel(writer, service.Route);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public static Task<RequestOutcome> GetAsync(GatewayRequest request) =>
        WriteAsync(request, writer => WriteModel(writer, request.Service!.Route));

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

    private static async Task<RequestOutcome> WriteAsync(GatewayRequest request, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        HttpResponse response = request.Http.Response;
        response.ContentType = "application/json";
        response.ContentLength = buffer.Length;
        buffer.Position = 0;
        await buffer.CopyToAsync(response.Body, request.ClientLeft);
        request.Progress.BytesToClient += buffer.Length;
        return request.Progress.Complete(response.StatusCode, RequestEnd.Gateway);
    }
}
