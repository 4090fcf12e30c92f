using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

/// <summary>Prometheus' envelope: a status, and either the data or the kind of the error and what it is.</summary>
internal static class ApiResponse
{
    /// <summary>Written JSON is handed on in pieces of about this size, so that a large result never stands in memory twice.</summary>
    private const int FlushBytes = 64 * 1024;

    /// <summary>Answers are JSON for programs, never part of a page, so plus signs and quotes need no further escaping.</summary>
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> writeData)
    {
        await using Utf8JsonWriter json = Begin(context);
        writeData(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the items of an array one by one.</summary>
    public static async Task WriteArrayAsync<T>(HttpContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> writeItem)
    {
        await using Utf8JsonWriter json = Begin(context);
        await WriteItemsAsync(json, items, writeItem, context.RequestAborted);
        json.WriteEndObject();
    }

    public static async Task WriteAsync(HttpContext context, QueryValue value, IReadOnlyList<string> warnings)
    {
        await using Utf8JsonWriter json = Begin(context);
        json.WriteStartObject();
        json.WriteString("resultType", QueryJson.TypeName(value));
        json.WritePropertyName("result");
        switch (value)
        {
            case VectorValue vector:
                await WriteItemsAsync(json, vector.Samples, QueryJson.Write, context.RequestAborted);
                break;
            case MatrixValue matrix:
                await WriteItemsAsync(json, matrix.Series, QueryJson.Write, context.RequestAborted);
                break;
            case ScalarValue scalar:
                QueryJson.Write(json, scalar.Sample);
                break;
            case StringValue text:
                QueryJson.Write(json, text);
                break;
        }

        json.WriteEndObject();
        if (warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (string warning in warnings) json.WriteStringValue(warning);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    public static Task WriteErrorAsync(HttpContext context, QueryError error)
    {
        int status = error.Kind switch
        {
            QueryErrorKind.BadData => StatusCodes.Status400BadRequest,
            QueryErrorKind.Execution => StatusCodes.Status422UnprocessableEntity,
            QueryErrorKind.Timeout => StatusCodes.Status503ServiceUnavailable,
            QueryErrorKind.Canceled => StatusCodes.Status499ClientClosedRequest,
            _ => StatusCodes.Status500InternalServerError,
        };
        return WriteErrorAsync(context, status, ErrorTypes.Name(error.Kind), error.Message);
    }

    public static async Task WriteErrorAsync(HttpContext context, int status, string type, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, WriterOptions);
        json.WriteStartObject();
        json.WriteString("status", "error");
        json.WriteString("errorType", type);
        json.WriteString("error", message);
        json.WriteEndObject();
    }

    private static Utf8JsonWriter Begin(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        var json = new Utf8JsonWriter(context.Response.BodyWriter, WriterOptions);
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WritePropertyName("data");
        return json;
    }

    private static async Task WriteItemsAsync<T>(
        Utf8JsonWriter json,
        IEnumerable<T> items,
        Action<Utf8JsonWriter, T> writeItem,
        CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (T item in items)
        {
            writeItem(json, item);
            if (json.BytesPending > FlushBytes) await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
    }
}
