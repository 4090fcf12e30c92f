using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf.Writing;
using Trireme.Inference.Speculation;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>
/// Holds <see cref="ModelFit"/> to its word against a worker in a process of its own, whose streams are all computed to full length.
/// Resident memory counts every page the process has, those of mapped files too: weights that are read in place, and the runtime's own.
/// </summary>
public sealed class ModelFitTests(ModelFitTests.Models models) : IClassFixture<ModelFitTests.Models>, IDisposable
{
    private const int Streams = 4;
    private const int AnswerTokens = 64;
    private const int AdapterRank = 16;
    private const double Tolerance = 0.1;

    /// <summary>Tokens that every model here has.</summary>
    private const int PromptVocabulary = 2000;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases =>
    [
        "the sample",
        "a folder in bfloat16, read in place",
        "a folder brought to eight bits",
        "a file in eight bits",
        "a file in four bits, keys and values in eight",
        "a folder with a large vocabulary",
        "a file with a large vocabulary",
        "adapters",
        "a draft model",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_fit_says_is_within_a_tenth_of_what_the_process_takes(string what)
    {
        WorkerOptions worker = Options(what);
        var engine = new EngineOptions
        {
            ModelName = "",
            ContextLength = worker.ContextLength,
            Weights = worker.Weights,
            KvPrecision = worker.KvPrecision,
            Lora = worker.ToLoraOptions(),
            Speculation = worker.Speculation,
        };
        var fit = ModelFit.Of(worker.ModelPath, engine, Streams);

        // The least budgets that fit gives are enough to start with.
        worker = worker with { MemoryBytes = fit.BudgetBytes, KvCacheBytes = fit.KvCacheBytes };
        using WorkerProcess process = await WorkerProcess.StartAsync(worker);
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(stream => FillAsync(process, stream, fit.ContextLength)));
        long resident = process.ResidentBytes();
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: the process takes {Show(resident)} MiB, fit says {Show(fit.TotalBytes)}; beside the budget it takes "
            + $"{Show(resident - fit.BudgetBytes + fit.UnusedBytes)}, fit says {Show(fit.ProcessBytes)}");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(Math.Abs(fit.TotalBytes - resident) <= Tolerance * resident, figures);
    }

    private WorkerOptions Options(string what)
    {
        var options = new WorkerOptions
        {
            ModelPath = models.Q8,
            EndpointFile = _folder.File("endpoint.json"),
            ContextLength = 1024,
            LogLevel = LogLevel.None,
        };
        return what switch
        {
            "the sample" => options with { ModelPath = Repository.PathOf("samples", "models", "tiny"), ContextLength = 512 },
            "a folder in bfloat16, read in place" => options with { ModelPath = models.Folder },
            "a folder brought to eight bits" => options with { ModelPath = models.Folder, Weights = WeightPrecision.Int8 },
            "a file in four bits, keys and values in eight" => options with { ModelPath = models.Q4, KvPrecision = KvPrecision.Int8 },
            "a folder with a large vocabulary" => options with { ModelPath = models.WordyFolder },
            "a file with a large vocabulary" => options with { ModelPath = models.Wordy },
            "adapters" => options with
            {
                EnableLora = true,
                MaxLoras = Streams,
                MaxLoraRank = AdapterRank,
                LoraModules = Enumerable.Range(0, Streams).ToDictionary(Adapter, _ => models.Adapter),
            },
            "a draft model" => options with
            {
                Speculation = new SpeculationOptions { Method = SpeculationMethod.Draft, DraftModel = models.Draft, Always = true },
            },
            _ => options,
        };
    }

    private static string Adapter(int stream) => $"adapter-{stream}";

    /// <summary>A prompt like no other, and an answer up to the last token of the context.</summary>
    private static async Task FillAsync(WorkerProcess worker, int stream, int context)
    {
        var random = new Random(stream);
        int[] prompt = [.. Enumerable.Range(0, context - AnswerTokens).Select(_ => random.Next(PromptVocabulary))];
        var body = new JsonObject
        {
            ["prompt"] = new JsonArray([.. prompt.Select(token => JsonValue.Create(token))]),
            ["max_tokens"] = AnswerTokens,
            ["temperature"] = 0,
            ["ignore_eos"] = true,
        };
        using HttpResponseMessage response = await worker.Http.PostAsync("/v1/completions", RunningWorker.Json(body));
        string answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        Assert.Equal(context, (int)JsonNode.Parse(answer)!["usage"]!["total_tokens"]!);
    }

    private static string Show(long bytes) => (bytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>
    /// The files that the cases share: eight of SmolLM2-135M's layers with a vocabulary of Llama 2's size, a draft model for them, and a
    /// small model with a vocabulary of Llama 3's size.
    /// </summary>
    public sealed class Models : IDisposable
    {
        private const int Vocabulary = 32_000;
        private const int LargeVocabulary = 128_256;

        private readonly TemporaryFolder _folder = new();

        public Models()
        {
            ModelShape known = ModelShape.Known.Single(shape => shape.Name == "smollm2-135m");
            ModelConfig config = known.Config with { LayerCount = 8, VocabularySize = Vocabulary, ContextLength = 2048 };
            ModelConfig small = config with { LayerCount = 2, HiddenSize = 192, IntermediateSize = 512, AttentionHeadCount = 3 };
            Q8 = WriteFile("q8.gguf", known with { Config = config }, TensorType.Q8_0);
            Q4 = WriteFile("q4.gguf", known with { Config = config }, TensorType.Q4_0);
            Draft = WriteFile("draft.gguf", known with { Config = small }, TensorType.Q8_0);
            Wordy = WriteFile("wordy.gguf", known with { Config = small with { VocabularySize = LargeVocabulary } }, TensorType.Q8_0);
            WordyFolder = RandomFolder.Write(_folder.File("wordy"), small with { VocabularySize = LargeVocabulary });
            Folder = RandomFolder.Write(_folder.File("folder"), config);
            Adapter = RandomFolder.WriteAdapter(_folder.File("adapter"), config, AdapterRank);
        }

        public string Q8 { get; }

        public string Q4 { get; }

        public string Draft { get; }

        public string Wordy { get; }

        public string WordyFolder { get; }

        public string Folder { get; }

        public string Adapter { get; }

        public void Dispose() => _folder.Dispose();

        private string WriteFile(string name, ModelShape shape, TensorType type)
        {
            string path = _folder.File(name);
            RandomModel.Write(shape, type, path, seed: 1, threads: 2, progress: null, CancellationToken.None);
            return path;
        }
    }
}
