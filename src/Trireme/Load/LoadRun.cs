using System.Collections.Concurrent;
using System.Net;
using Trireme.Connection;
using Trireme.Contracts.OpenAi;

namespace Trireme.Load;

/// <summary>
/// Sends requests at a given rate, open-loop: a slow answer does not delay the next request, so that queueing shows in the
/// latencies instead of thinning the traffic.
/// </summary>
internal sealed class LoadRun(GatewayClient gateway, TimeProvider time, LoadOptions options)
{
    /// <summary>How long open answers may go on after somebody asked the run to end; then they are given up and not counted.</summary>
    public static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<LoadSample> _samples = new();
    private int _open;
    private int _started;
    private int _dropped;

    private OpenAiException? _notFound;

    /// <summary>What the gateway said where it knows no such service and never answered a request; the run ended there.</summary>
    public OpenAiException? NotFound => _notFound;

    public IReadOnlyCollection<LoadSample> Samples => _samples;

    public int Started => _started;

    public int Dropped => _dropped;

    public int Open => Volatile.Read(ref _open);

    /// <summary>
    /// Runs for the whole time and until all answers have ended; cancelling stops new requests, and bounds how long the open ones are
    /// awaited.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using CancellationTokenRegistration _ = cancellationToken.Register(() => cut.CancelAfter(DrainMax));
        var random = new Random(options.Seed);
        var requests = new List<Task>();
        long start = time.GetTimestamp();
        double due = 0;
        try
        {
            while (true)
            {
                // Exponential gaps make arrivals independent of each other, as those of many users are.
                due += -Math.Log(1 - random.NextDouble()) / options.RequestsPerSecond;
                if (due > options.Duration.TotalSeconds) break;
                double wait = due - time.GetElapsedTime(start).TotalSeconds;
                if (wait > 0) await Task.Delay(TimeSpan.FromSeconds(wait), time, stop.Token);
                stop.Token.ThrowIfCancellationRequested();
                Start(requests, LoadPrompts.Pick(random), $"load-{random.Next(options.Sessions)}", stop, cut.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The report of what was sent so far is what the user wants.
        }

        await Task.WhenAll(requests);
    }

    private void Start(List<Task> requests, string prompt, string session, CancellationTokenSource stop, CancellationToken cut)
    {
        if (Open >= options.MaxOpenRequests)
        {
            _dropped++;
            return;
        }

        Interlocked.Increment(ref _open);
        _started++;
        requests.Add(SendAsync(prompt, session, stop, cut));
    }

    private async Task SendAsync(string prompt, string session, CancellationTokenSource stop, CancellationToken cut)
    {
        var request = new ChatCompletionRequest
        {
            Model = options.Service,
            Messages = [ChatMessage.User(prompt)],
            MaxTokens = options.MaxTokens,
        };
        var clock = new AnswerClock(time);
        string release = "";
        string? finish = null;
        try
        {
            using ChatAnswer answer = await gateway.ChatAsync(request, session, cut);
            release = answer.Release ?? "";
            await foreach (ChatCompletionChunk chunk in answer.ReadAsync(cut))
            {
                if (chunk.Choices.Count == 0) continue;
                clock.Chunk(chunk.Choices[0].Delta);
                finish = chunk.Choices[0].FinishReason ?? finish;
            }

            LoadOutcome outcome = finish is null ? LoadOutcome.Cut : LoadOutcome.Succeeded;
            _samples.Enqueue(clock.Sample(outcome, release, finish is null ? "the stream ended without a finish reason" : null));
        }
        catch (OpenAiException exception) when (
            exception.Status == HttpStatusCode.NotFound && _samples.All(sample => sample.Outcome == LoadOutcome.Failed))
        {
            _notFound = exception;
            await stop.CancelAsync();
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // Nobody knows how it would have ended.
        }
        catch (Exception exception) when (exception is OpenAiException or HttpRequestException or IOException)
        {
            _samples.Enqueue(clock.Sample(clock.HasBegun ? LoadOutcome.Cut : LoadOutcome.Failed, release, exception.Message));
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Times of one answer.</summary>
    private sealed class AnswerClock(TimeProvider time)
    {
        private readonly long _start = time.GetTimestamp();
        private double? _first;
        private double _last;
        private int _parts;

        public bool HasBegun { get; private set; }

        /// <summary>Only what was generated counts: the role before it and the finish reason behind it take no time.</summary>
        public void Chunk(ChatDelta delta)
        {
            HasBegun = true;
            if (delta is { Content: null or "", ReasoningContent: null or "", ToolCalls: null or { Count: 0 } }) return;
            _last = time.GetElapsedTime(_start).TotalSeconds;
            _first ??= _last;
            _parts++;
        }

        public LoadSample Sample(LoadOutcome outcome, string release, string? error) => new()
        {
            Outcome = outcome,
            Release = release,
            TimeToFirstToken = _first,
            Duration = time.GetElapsedTime(_start).TotalSeconds,
            InterTokenLatency = _parts > 1 ? (_last - _first) / (_parts - 1) : null,
            Error = error,
        };
    }
}
