using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Embeddings;

/// <summary>POST /v1/embeddings.</summary>
internal sealed class EmbeddingEndpoint(TimeProvider time)
{
    private const int VectorsPerFlush = 16;

    public async Task<WorkerError?> HandleAsync(HttpContext context, ServedModel model)
    {
        long arrivedAt = time.GetTimestamp();
        JsonBody<EmbeddingRequest> body = await JsonBody.ReadAsync<EmbeddingRequest>(context, model.Engine.Model.VocabularySize);
        if (body.Value is not { } request) return body.Error;
        ModelDescription description = model.Engine.Model;
        if (EmbeddingRules.FindProblem(request, model) is { } problem) return problem;
        IReadOnlyList<int>[] texts = Encode(request, model.Engine, out WorkerError? refused);
        if (refused is not null) return refused;
        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, request.Priority, out refused);
        if (refused is not null) return refused;

        string? adapter = model.AdapterOf(request.Model);
        string id = AnswerId.Of("embd", context, asked: null);
        var template = new GenerationRequest
        {
            Id = id,
            PromptTokens = [],
            Embedding = new EmbeddingOptions
            {
                Pooling = description.Embedding.Pooling,
                Normalize = description.Embedding.Normalize,
                Dimensions = request.Dimensions,
            },
            CacheSalt = CacheSalt.Of(context, request.CacheSalt),
            Adapter = adapter,
            Priority = turn.Priority,
            Tenant = turn.Tenant,
            Weight = turn.Weight,
            Deadline = turn.Deadline,
            ArrivedAt = arrivedAt,
        };
        var set = new EmbeddingSet(model.Engine, template, texts);
        if (await set.ComputeAsync(context.RequestAborted) is { } failed) return failed;
        var header = new AnswerHeader(id, adapter ?? model.Identity.ModelName, model.Identity.Release, time.GetUtcNow());
        await WriteAsync(context, header, set, inBase64: request.EncodingFormat == EmbeddingRules.Base64);
        return null;
    }

    private static IReadOnlyList<int>[] Encode(EmbeddingRequest request, IInferenceEngine engine, out WorkerError? error)
    {
        CompletionPrompt asked = request.Input!;
        PromptTruncation? truncation = PromptTruncation.Read(
            request.TruncatePromptTokens, request.TruncationSide, cutsStart: false, engine.Model.ContextLength, answers: false, out error);
        var texts = new IReadOnlyList<int>[asked.Inputs.Count];
        for (int i = 0; i < texts.Length && error is null; i++)
        {
            string field = PromptRules.FieldOf(asked, "input", i);
            EncodedPrompt encoded =
                PromptRules.Encode(engine, asked.Inputs[i], request.AddSpecialTokens ?? true, field, truncation, room: 0);
            texts[i] = encoded.Tokens ?? [];
            error = encoded.Error;
        }

        return texts;
    }

    /// <summary>
    /// The counts come before the vectors, so that a gateway that cannot hold a long answer still sees them.
    /// </summary>
    private static async Task WriteAsync(HttpContext context, AnswerHeader header, EmbeddingSet set, bool inBase64)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, EventStream.JsonOptions))
        {
            json.WriteStartObject();
            header.Write(json, "list"u8);
            AnswerJson.WriteUsage(json, set.Usage);
            json.WriteStartArray("data"u8);
            for (int i = 0; i < set.Vectors.Count; i++)
            {
                WriteVector(json, i, set.Vectors[i], inBase64);
                if (i % VectorsPerFlush != VectorsPerFlush - 1) continue;
                await json.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void WriteVector(Utf8JsonWriter json, int index, float[] vector, bool inBase64)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "embedding"u8);
        json.WriteNumber("index"u8, index);
        if (inBase64)
        {
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes(vector.AsSpan()));
        }
        else
        {
            json.WriteStartArray("embedding"u8);
            foreach (float value in vector) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
