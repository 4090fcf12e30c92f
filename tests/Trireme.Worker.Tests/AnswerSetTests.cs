using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;
using Trireme.Contracts.Resources;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tests;

/// <summary>What becomes of a request that ends while the engine still compiles what holds its answers.</summary>
public sealed class AnswerSetTests
{
    /// <summary>Answers per prompt with which two prompts are open at a time.</summary>
    private const int Answers = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_lane_that_ends_because_another_failed_tells_the_other_s_failure()
    {
        var engine = new ScriptedEngine();
        using AnswerSet answers = AnswerSet.Submit(engine, Plan(prompts: 3), CancellationToken.None, out _)!;
        engine.Compile = cancellationToken =>
        {
            engine.Opened[0].Writer.TryWrite(new TokenEvent { FinishReason = FinishReason.Error, Error = "the kernels broke" });
            Assert.True(cancellationToken.WaitHandle.WaitOne(Patience));
        };
        Task<WorkerError?> read = answers.ReadAsync(static prompt => prompt.CollectAsync());
        for (int i = 0; i < Answers; i++)
        {
            engine.Opened[1].Writer.TryWrite(new TokenEvent { Choice = i, FinishReason = FinishReason.Stop });
        }

        engine.Opened[1].Writer.Complete();
        WorkerError? error = await read.WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal((500, "the kernels broke"), (error?.Status, error?.Message));
        Assert.Equal(3, engine.Submits);
    }

    /// <summary>Whether the first prompt's schema is compiled or a later one's.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_that_leaves_meanwhile_is_counted_as_gone_and_not_as_a_fault(int compiled)
    {
        using var client = new CancellationTokenSource();
        var metrics = new MetricRegistry();
        var engine = new ScriptedEngine();
        var context = new DefaultHttpContext { RequestAborted = client.Token };
        engine.Compile = cancellationToken =>
        {
            if (engine.Submits < compiled) return;
            client.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
        };
        var identity = new WorkerIdentity(new WorkerOptions { ModelPath = "/m" });
        var pipeline = new RequestPipeline(identity, "", metrics, TimeProvider.System, NullLogger<RequestPipeline>.Instance);
        await pipeline.InvokeAsync(context, async held => await AnswerDelivery.RunAsync(held, engine, Plan(prompts: 2), new NoFormat()));
        Assert.Equal(499, context.Response.StatusCode);
        Assert.Contains("code=\"499\"} 1", metrics.ToText(), StringComparison.Ordinal);
    }

    private static AnswerPlan Plan(int prompts) => new()
    {
        Header = new AnswerHeader("a", "m", null, DateTimeOffset.UnixEpoch),
        Prompts = [.. Enumerable.Repeat<IReadOnlyList<int>>([1], prompts)],
        AnswersPerPrompt = Answers,
        Sampling = new SamplingOptions(),
        CacheSalt = null,
        ArrivedAt = 0,
        PromptField = "prompt",
        Stream = false,
        IncludeUsage = false,
        ReturnTokenIds = false,
    };

    /// <summary>Nothing is written of requests that end before their answers begin.</summary>
    private sealed class NoFormat : IAnswerFormat
    {
        public void WriteToken(EventStream stream, Answer answer, TokenEvent token) => throw new NotSupportedException();

        public void WriteUsage(EventStream stream, Usage usage) => throw new NotSupportedException();

        public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Answer> answers, Usage usage) => throw new NotSupportedException();
    }

    /// <summary>An engine whose compiler and whose answers are the test's; like the real one it throws once a request has ended.</summary>
    private sealed class ScriptedEngine : IInferenceEngine
    {
        /// <summary>The events of each prompt that was taken.</summary>
        public List<Channel<TokenEvent>> Opened { get; } = [];

        public int Submits { get; private set; }

        public Action<CancellationToken> Compile { get; set; } = static _ => { };

        public ModelDescription Model { get; } = new()
        {
            Architecture = "llama", VocabularySize = 2, ContextLength = 100, ParameterCount = 1,
        };

        public ITokenizer Tokenizer => throw new NotSupportedException();

        public ChatTemplate? ChatTemplate => null;

        public IReadOnlyList<StartupStage> Startup => [];

        public int ActiveRequests => Opened.Count;

        public long KvCacheBytes => 0;

        public SleepLevel SleepLevel => SleepLevel.Awake;

        public IKvEventLog? KvEvents => null;

        public IAdapterSet? Adapters => null;

        public SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken)
        {
            Submits++;
            Compile(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Opened.Add(Channel.CreateUnbounded<TokenEvent>());
            return new SubmitResult(Opened[^1].Reader, Error: null, Message: null);
        }

        public Task SleepAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WakeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
