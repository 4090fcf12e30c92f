using System.Threading.Channels;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Embeddings;

/// <summary>Has the texts of one request embedded, some at a time, so that a long list does not fill the engine's queue alone.</summary>
internal sealed class EmbeddingSet(IInferenceEngine engine, GenerationRequest template, IReadOnlyList<IReadOnlyList<int>> texts)
{
    /// <summary>Texts of one request that wait or compute at once: as many as the engine computes together by default.</summary>
    private const int MaxOpen = 64;

    private readonly float[][] _vectors = new float[texts.Count][];
    private int _cachedTokens;

    /// <summary>One vector per text, once all are computed.</summary>
    public IReadOnlyList<float[]> Vectors => _vectors;

    public Usage Usage
    {
        get
        {
            int tokens = texts.Sum(static text => text.Count);
            return new Usage
            {
                PromptTokens = tokens,
                TotalTokens = tokens,
                PromptTokensDetails = new PromptTokensDetails { CachedTokens = _cachedTokens },
            };
        }
    }

    /// <summary>Null when every text has its vector; the first failure otherwise, which gives up all others.</summary>
    public async Task<WorkerError?> ComputeAsync(CancellationToken clientGone)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        var open = new Queue<ChannelReader<TokenEvent>>();
        WorkerError? error = null;
        int read = 0;
        for (int next = 0; read < texts.Count && error is null;)
        {
            if (next < texts.Count && open.Count < MaxOpen)
            {
                GenerationRequest request = template with { Id = $"{template.Id}-{next}", PromptTokens = texts[next++] };
                SubmitResult result = engine.Submit(request, cancellation.Token);
                if (result.Events is { } events) open.Enqueue(events);
                else error = AnswerSet.Describe(result, "input", constraintField: null);
            }
            else
            {
                error = await ReadAsync(open.Dequeue(), read++, clientGone);
            }
        }

        if (error is not null) await cancellation.CancelAsync();
        return error;
    }

    private async Task<WorkerError?> ReadAsync(ChannelReader<TokenEvent> events, int index, CancellationToken clientGone)
    {
        // The engine ends the channel when the request is cancelled.
        TokenEvent end = await events.ReadAsync(CancellationToken.None);
        if (end.Embedding is not { } vector) return AnswerDelivery.Describe(end, clientGone);
        _vectors[index] = vector;
        _cachedTokens += end.CachedPromptTokens ?? 0;
        return null;
    }
}
