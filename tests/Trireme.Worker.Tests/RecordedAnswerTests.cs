using System.Globalization;
using System.Net;
using System.Text.Json;
using Trireme.Inference.Engine;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

/// <summary>
/// What vLLM 0.32 answered on the same weights, asked again here: Recorded/README.md says what is in the folder and what is left out.
/// </summary>
public sealed class RecordedAnswerTests : IAsyncLifetime
{
    /// <summary>Both compute in single precision, and add up in another order.</summary>
    private const double Tolerance = 1e-4;

    private RunningWorker? _worker;

    private static string Folder => Repository.PathOf("tests", "Trireme.Worker.Tests", "Recorded");

    private RunningWorker Worker => _worker!;

    public async ValueTask InitializeAsync() => _worker = await RunningWorker.StartAsync(options => options with
    {
        ModelPath = Path.Combine(Folder, "tiny"),
        ServedModelName = "tiny",
        ContextLength = 512,
        Weights = WeightPrecision.Float32,
        TrustRequestChatTemplate = true,
    });

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null) await _worker.DisposeAsync();
    }

    [Fact]
    public async Task Recorded_requests_are_answered_as_vllm_answered_them()
    {
        var differences = new List<string>();
        int count = 0;
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(Folder, "vllm.jsonl"), TestContext.Current.CancellationToken))
        {
            JsonElement recorded = JsonElement.Parse(line);
            count++;
            if (await FindDifferenceAsync(recorded) is { } difference) differences.Add($"{recorded.GetProperty("id")}: {difference}");
        }

        Assert.True(count > 250, $"Only {count} requests were recorded.");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private async Task<string?> FindDifferenceAsync(JsonElement recorded)
    {
        string body = recorded.TryGetProperty("raw", out JsonElement raw)
            ? raw.GetString()!
            : recorded.GetProperty("body").GetRawText();
        using var request = new HttpRequestMessage(HttpMethod.Post, recorded.GetProperty("path").GetString()!)
        {
            Content = RunningWorker.Json(body),
        };
        if (recorded.TryGetProperty("headers", out JsonElement headers))
        {
            foreach (JsonProperty header in headers.EnumerateObject()) request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
        }

        Reply reply = await Reply.ReadAsync(await Worker.Http.SendAsync(request));
        int wanted = recorded.GetProperty("status").GetInt32();
        if ((int)reply.Status != wanted) return $"{wanted} was recorded, {(int)reply.Status} is answered: {reply.Body[..Math.Min(200, reply.Body.Length)]}";
        if (reply.Status != HttpStatusCode.OK) return null;
        if (recorded.TryGetProperty("json", out JsonElement json)) return Same(json, reply.Json) ? null : reply.Body;
        bool streams = reply.Response.Content.Headers.ContentType!.MediaType == "text/event-stream";
        JsonElement[] chunks = streams ? [.. EventsOf(reply.Body)] : [reply.Json];
        return Compare(recorded, chunks);
    }

    private static string? Compare(JsonElement recorded, JsonElement[] chunks)
    {
        JsonElement[] answers = [.. recorded.GetProperty("answers").EnumerateArray()];
        for (int i = 0; i < answers.Length; i++)
        {
            JsonElement[] parts = [.. chunks
                .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
                .Where(choice => choice.GetProperty("index").GetInt32() == i)];
            if (parts.Length == 0) return $"there is no answer {i}.";
            if (CompareAnswer(answers[i], parts) is { } difference) return difference;
        }

        if (recorded.TryGetProperty("counts", out JsonElement counts))
        {
            int[] seen = [.. chunks
                .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
                .Select(chunk => chunk.GetProperty("usage").GetProperty("completion_tokens").GetInt32())];
            // vLLM ends the last chunk of text, where a chunk of its own ends the answer here.
            if (!counts.EnumerateArray().Select(value => value.GetInt32()).SequenceEqual(seen.Distinct())) return $"counts are {string.Join(' ', seen)}.";
        }

        if (recorded.TryGetProperty("prompt_token_ids", out JsonElement prompt))
        {
            JsonElement sent = chunks[0].TryGetProperty("prompt_token_ids", out JsonElement whole) ? whole : chunks[0].GetProperty("choices")[0].GetProperty("prompt_token_ids");
            if (!Same(prompt, sent)) return $"the prompt is {sent}.";
        }

        if (!recorded.TryGetProperty("usage", out JsonElement usage)) return null;
        JsonElement used = chunks[^1].GetProperty("usage");
        foreach (JsonProperty field in usage.EnumerateObject())
        {
            if (used.GetProperty(field.Name).GetInt32() != field.Value.GetInt32()) return $"usage is {used}, recorded {usage}.";
        }

        return null;
    }

    private static string? CompareAnswer(JsonElement recorded, JsonElement[] parts)
    {
        string text = string.Concat(parts.Select(TextOf));
        if (text != recorded.GetProperty("text").GetString()) return $"'{text}' instead of '{recorded.GetProperty("text")}'.";
        JsonElement last = parts[^1];
        if (!Same(recorded.GetProperty("finish_reason"), last.GetProperty("finish_reason"))) return $"finish_reason is {last.GetProperty("finish_reason")}.";
        if (!Same(recorded.GetProperty("stop_reason"), last.GetProperty("stop_reason"))) return $"stop_reason is {last.GetProperty("stop_reason")}.";
        foreach (string name in (string[])["token_ids", "logprobs"])
        {
            if (!recorded.TryGetProperty(name, out JsonElement value) || parts.Length > 1) continue;
            if (!Same(value, last.GetProperty(name))) return $"{name} is {last.GetProperty(name)}, recorded {value}.";
        }

        return null;
    }

    private static string? TextOf(JsonElement choice)
    {
        if (choice.TryGetProperty("text", out JsonElement text)) return text.GetString();
        JsonElement message = choice.TryGetProperty("message", out JsonElement whole) ? whole : choice.GetProperty("delta");
        return message.TryGetProperty("content", out JsonElement content) ? content.GetString() : null;
    }

    /// <summary>What was recorded is there: fields of ours more are no difference, and numbers may differ by rounding.</summary>
    private static bool Same(JsonElement recorded, JsonElement seen)
    {
        if (recorded.ValueKind != seen.ValueKind) return false;
        switch (recorded.ValueKind)
        {
            case JsonValueKind.Number:
                return Math.Abs(recorded.GetDouble() - seen.GetDouble()) <= Tolerance;
            case JsonValueKind.Array:
                return recorded.GetArrayLength() == seen.GetArrayLength()
                    && recorded.EnumerateArray().Zip(seen.EnumerateArray()).All(static pair => Same(pair.First, pair.Second));
            case JsonValueKind.Object:
                return recorded.EnumerateObject().All(field =>
                    field.Value.ValueKind == JsonValueKind.Null
                    || (seen.TryGetProperty(field.Name, out JsonElement value) && Same(field.Value, value)));
            default:
                return JsonElement.DeepEquals(recorded, seen);
        }
    }

    private static IEnumerable<JsonElement> EventsOf(string body) => body
        .Split("\n\n")
        .Where(static text => text.StartsWith("data: {", StringComparison.Ordinal))
        .Select(static text => JsonElement.Parse(text["data: ".Length..]));
}
