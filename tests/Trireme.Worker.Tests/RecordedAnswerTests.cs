using System.Net;
using System.Text.Json;
using Trireme.Inference.Engine;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

/// <summary>Requests of real clients and answers of a real vLLM on the same weights, asked again: see Recorded/README.md.</summary>
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
    public async Task What_vllm_was_asked_is_answered_as_vllm_answered_it()
    {
        List<JsonElement> recorded = Read("vllm.jsonl");
        Assert.True(recorded.Count > 300, $"Only {recorded.Count} requests were recorded.");
        var differences = new List<string>();
        foreach (JsonElement one in recorded)
        {
            Reply reply = await AskAsync(one);
            if (FindDifference(one, reply) is { } difference) differences.Add($"{one.GetProperty("id")}: {difference}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public async Task What_clients_send_is_answered()
    {
        List<JsonElement> recorded = Read("clients.jsonl");
        Assert.True(recorded.Count > 80, $"Only {recorded.Count} requests were recorded.");
        var differences = new List<string>();
        foreach (JsonElement one in recorded)
        {
            Reply reply = await AskAsync(one);
            if ((int)reply.Status != one.GetProperty("status").GetInt32()) differences.Add($"{one.GetProperty("id")}: {reply.Body}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static List<JsonElement> Read(string file) =>
        [.. File.ReadLines(Path.Combine(Folder, file)).Select(static line => JsonElement.Parse(line))];

    private async Task<Reply> AskAsync(JsonElement recorded)
    {
        bool isRaw = recorded.TryGetProperty("raw", out JsonElement raw);
        string body = isRaw ? raw.GetString()! : recorded.GetProperty("body").GetRawText();
        using var request = new HttpRequestMessage(HttpMethod.Post, recorded.GetProperty("path").GetString())
        {
            Content = RunningWorker.Json(body),
        };
        if (recorded.TryGetProperty("headers", out JsonElement headers))
        {
            foreach (JsonProperty header in headers.EnumerateObject()) request.Headers.Add(header.Name, header.Value.GetString());
        }

        return await Reply.ReadAsync(await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken));
    }

    private static string? FindDifference(JsonElement recorded, Reply reply)
    {
        int wanted = recorded.GetProperty("status").GetInt32();
        if ((int)reply.Status != wanted) return $"{wanted} was recorded, and {(int)reply.Status} is answered: {reply.Body}";
        if (reply.Status != HttpStatusCode.OK) return null;
        if (recorded.TryGetProperty("json", out JsonElement json)) return Same(json, reply.Json) ? null : reply.Body;
        bool streams = reply.Response.Content.Headers.ContentType!.MediaType == "text/event-stream";
        JsonElement[] chunks = streams ? [.. EventsOf(reply.Body)] : [reply.Json];
        JsonElement[] answers = [.. recorded.GetProperty("answers").EnumerateArray()];
        for (int i = 0; i < answers.Length; i++)
        {
            if (FindDifference(answers[i], [.. PartsOf(chunks, i)]) is { } difference) return difference;
        }

        return FindCountDifference(recorded, chunks);
    }

    private static string? FindDifference(JsonElement recorded, JsonElement[] parts)
    {
        if (parts.Length == 0) return "an answer is missing.";
        string text = string.Concat(parts.Select(TextOf));
        if (text != recorded.GetProperty("text").GetString()) return $"'{text}' instead of '{recorded.GetProperty("text")}'.";
        JsonElement last = parts[^1];
        foreach (string name in (string[])["finish_reason", "stop_reason", "token_ids", "logprobs"])
        {
            bool isTold = recorded.TryGetProperty(name, out JsonElement value);
            // The lists of a stream come in pieces, cut elsewhere than vLLM's.
            if (!isTold || (parts.Length > 1 && value.ValueKind is JsonValueKind.Array or JsonValueKind.Object)) continue;
            if (!Same(value, last.GetProperty(name))) return $"{name} is {last.GetProperty(name)}, recorded was {value}.";
        }

        return null;
    }

    private static string? FindCountDifference(JsonElement recorded, JsonElement[] chunks)
    {
        if (recorded.TryGetProperty("counts", out JsonElement counts))
        {
            IEnumerable<int> seen = PartsOf(chunks, index: null)
                .Select(chunk => chunk.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
            // vLLM ends an answer in its last chunk of text, where here a chunk of its own does.
            bool isSame = counts.EnumerateArray().Select(static value => value.GetInt32()).SequenceEqual(seen.Distinct());
            if (!isSame) return $"the counts are {string.Join(' ', seen)}, recorded were {counts}.";
        }

        if (recorded.TryGetProperty("prompt_token_ids", out JsonElement prompt))
        {
            bool isWhole = chunks[0].TryGetProperty("prompt_token_ids", out JsonElement sent);
            if (!isWhole) sent = chunks[0].GetProperty("choices")[0].GetProperty("prompt_token_ids");
            if (!Same(prompt, sent)) return $"the prompt is {sent}, recorded was {prompt}.";
        }

        if (!recorded.TryGetProperty("usage", out JsonElement usage)) return null;
        JsonElement used = chunks[^1].GetProperty("usage");
        return Same(usage, used) ? null : $"usage is {used}, recorded was {usage}.";
    }

    /// <summary>The choices of an answer, or with no index the chunks that hold any.</summary>
    private static IEnumerable<JsonElement> PartsOf(JsonElement[] chunks, int? index) => index is { } wanted
        ? chunks.SelectMany(static chunk => chunk.GetProperty("choices").EnumerateArray())
            .Where(choice => choice.GetProperty("index").GetInt32() == wanted)
        : chunks.Where(static chunk => chunk.GetProperty("choices").GetArrayLength() > 0);

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
        return recorded.ValueKind switch
        {
            JsonValueKind.Number => Math.Abs(recorded.GetDouble() - seen.GetDouble()) <= Tolerance,
            JsonValueKind.Array => recorded.GetArrayLength() == seen.GetArrayLength()
                && recorded.EnumerateArray().Zip(seen.EnumerateArray()).All(static pair => Same(pair.First, pair.Second)),
            JsonValueKind.Object => recorded.EnumerateObject().All(field =>
                field.Value.ValueKind == JsonValueKind.Null
                || (seen.TryGetProperty(field.Name, out JsonElement value) && Same(field.Value, value))),
            _ => JsonElement.DeepEquals(recorded, seen),
        };
    }

    private static IEnumerable<JsonElement> EventsOf(string body) => body
        .Split("\n\n")
        .Where(static text => text.StartsWith("data: {", StringComparison.Ordinal))
        .Select(static text => JsonElement.Parse(text["data: ".Length..]));
}
