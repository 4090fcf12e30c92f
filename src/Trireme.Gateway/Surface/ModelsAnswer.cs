using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Surface;

/// <summary>
/// Shows the services of a caller as OpenAI and Anthropic show models: both read what is theirs at the same address and skip the rest.
/// </summary>
internal static class ModelsAnswer
{
    public static Task<RequestOutcome> ListAsync(GatewayRequest request) => WriteAsync(request, writer =>
    {
        ServiceRoute[] services =
        [
            .. (request.Tenant?.Services ?? []).Select(static service => service.Route)
                .Where(service => request.Caller!.Opens(service.Name))
                .OrderBy(static service => service.Name, StringComparer.Ordinal),
        ];
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (ServiceRoute service in services) WriteModel(writer, service);
        writer.WriteEndArray();
        writer.WriteBoolean("has_more"u8, false);
        writer.WriteString("first_id"u8, services.FirstOrDefault()?.Name);
        writer.WriteString("last_id"u8, services.LastOrDefault()?.Name);
        writer.WriteEndObject();
    });

    public static Task<RequestOutcome> GetAsync(GatewayRequest request) =>
        WriteAsync(request, writer => WriteModel(writer, request.Service!.Route));

    private static void WriteModel(Utf8JsonWriter writer, ServiceRoute service)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, service.Name);
        writer.WriteString("object"u8, "model"u8);
        writer.WriteString("type"u8, "model"u8);
        writer.WriteString("display_name"u8, service.Name);
        writer.WriteNumber("created"u8, service.Created?.ToUnixTimeSeconds() ?? 0);
        writer.WriteString("created_at"u8, service.Created ?? DateTimeOffset.UnixEpoch);
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
