using System.CommandLine;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;
using Trireme.Settings.Types;
using Trireme.Worker;

namespace Trireme.Commands;

internal static class WorkerCommand
{
    /// <summary>Time to tell the clients of open streams that they were cut.</summary>
    private static readonly TimeSpan InterruptionGrace = TimeSpan.FromSeconds(3);

    private static readonly Option<FileSystemInfo> Model = new("--model")
    {
        Description = "Folder of the model in Hugging Face layout, or a GGUF or ONNX file.",
        HelpName = "PATH",
        Required = true,
    };

    private static readonly ChoiceOption<EngineKind> Engine = new(
        "--engine",
        "What computes the model; auto tells by the file.",
        ("auto", EngineKind.Auto),
        ("trireme", EngineKind.Trireme),
        ("onnx", EngineKind.Onnx));

    private static readonly Option<string> Host = new("--host")
    {
        Description = "Address to listen on.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<int> Port = NumberOption.Of("--port", "Port to listen on; 0 takes a free one.", 0, 65535, 8000);

    private static readonly Option<string> ServedName = Text(
        "--served-model-name",
        "Name clients call the model by; the folder's name otherwise.");

    internal static readonly ChoiceOption<WeightPrecision> Weights = new(
        "--weights",
        "Precision of the weights in memory: as-stored keeps the file's, with quantised blocks rearranged.",
        ("as-stored", WeightPrecision.AsStored),
        ("bf16", WeightPrecision.BFloat16),
        ("int8", WeightPrecision.Int8),
        ("int4", WeightPrecision.Int4),
        ("f32", WeightPrecision.Float32));

    internal static readonly ChoiceOption<KvPrecision> KvCacheType = new(
        "--kv-cache-dtype",
        "Precision of keys and values: int8 takes about a quarter of the memory.",
        ("float32", KvPrecision.Float32),
        ("int8", KvPrecision.Int8));

    internal static readonly Option<int> Threads = NumberOption.Of("--threads", "Compute threads.", 1, 1024, 1);

    private static readonly Option<long?> Memory = Bytes("--memory", "Memory for weights, cache and scratch, such as 512Mi.");

    private static readonly Option<long?> Cache = Bytes(
        "--kv-cache-memory",
        "Memory for the key-value cache; what --memory leaves otherwise.");

    internal static readonly Option<int?> Context = Limit("--context", "Longest prompt plus answer in tokens.");

    private static readonly Option<int?> Sequences = Limit("--max-sequences", "Most requests in one batch.");

    internal static readonly Option<int?> BatchedTokens = Limit("--max-batched-tokens", "Most tokens computed in one step.");

    private static readonly Option<Duration> InterTokenTarget = CommonOptions.Duration(
        "--inter-token-target",
        "Longest wanted time between two tokens of an answer; 0s for none.",
        TimeSpan.FromMilliseconds(50));

    private static readonly ChoiceOption<PoolingMode?> Pooling = new(
        "--pooling",
        "Which tokens' states make a text's vector; auto follows the model's files.",
        ("auto", null),
        ("mean", PoolingMode.Mean),
        ("last", PoolingMode.Last),
        ("cls", PoolingMode.First));

    private static readonly Option<int?> BatchSize = Limit("--max-batch-size", "Most rows of an ONNX model computed as one.");

    private static readonly Option<Duration> BatchWindow = CommonOptions.Duration(
        "--batch-window",
        "How long a request to an ONNX model waits for others; 0s for not at all.",
        TimeSpan.FromMilliseconds(1));

    private static readonly Option<bool> KvEvents =
        new("--kv-events") { Description = "Serve GET /kv_events, which shows the tokens of all prompts, to a router." };

    private static readonly Option<FileInfo> ChatTemplate = new("--chat-template")
    {
        Description = "Jinja file that replaces the model's own chat template.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> TrustTemplates =
        new("--trust-request-chat-template") { Description = "Take a chat template from requests that bring one." };

    private static readonly Option<string[]> AllowedOrigins = new("--allowed-origins")
    {
        Description = "Origins of web pages whose scripts may call the worker, such as https://chat.example; * for all.",
        HelpName = "ORIGIN",
        AllowMultipleArgumentsPerToken = true,
        Validators =
        {
            result =>
            {
                foreach (string origin in result.Tokens.Select(token => token.Value).Where(origin => !OriginListType.IsOrigin(origin)))
                {
                    result.AddError($"--allowed-origins: \"{origin}\" is no origin; write it like https://chat.example.");
                }
            },
        },
    };

    private static readonly Option<string[]> AllowedHosts = new("--allowed-hosts")
    {
        Description = "Names by which requests may call the worker besides its addresses; * for all.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> ApiKeyFile = Text(
        "--api-key-file", "File with the key that every request must send; without it everyone is answered.");

    private static readonly ChoiceOption<ToolCallFormat?> ToolCallParser = new(
        "--tool-call-parser",
        "How the model writes calls of functions: auto asks its chat template.",
        ("auto", null),
        ("none", ToolCallFormat.None),
        ("hermes", ToolCallFormat.Hermes),
        ("llama3", ToolCallFormat.Llama3),
        ("mistral", ToolCallFormat.Mistral),
        ("phi", ToolCallFormat.Phi));

    private static readonly Option<Duration> DrainTimeout =
        CommonOptions.Duration("--drain-timeout", "Longest wait for open requests at the end.", TimeSpan.FromSeconds(60));

    private static readonly Option<string> EndpointFile = Text("--endpoint-file", "File to write the address to once it listens.");

    private static readonly Option<string> TerminationMessage = Text(
        "--termination-message-file", "File to write the reason to when the model cannot be served.");

    private static readonly Option<string> Pins = Text("--pins", "File with the digests of the files that the worker may read.");

    private static readonly Option<string> Release = Text("--release", "Name of the release, for headers and metrics.");

    private static readonly Option<string> ContentHash = Text("--content-hash", "Content hash of the release.");

    private static readonly Option<string> OwnerLock = Text("--owner-lock", "End when nobody has held this file's lock for a time.");

    private static readonly Option<Duration> OwnerTimeout = CommonOptions.Duration(
        "--owner-timeout", "Time without a holder of --owner-lock.", WorkerOptions.DefaultOwnerTimeout);

    public static Command Create()
    {
        var command = new Command("worker", "Serve one model alone, over OpenAI's API, or an ONNX model over the Open Inference Protocol.")
        {
            Model, Engine, Host, Port, ServedName, Weights, KvCacheType, Threads, Memory, Cache, Context, Sequences, BatchedTokens,
            InterTokenTarget, Pooling, BatchSize, BatchWindow, KvEvents, ChatTemplate, TrustTemplates, ToolCallParser, DrainTimeout,
            EndpointFile, TerminationMessage, Pins, Release, ContentHash, OwnerLock, OwnerTimeout, AllowedOrigins,
            AllowedHosts, ApiKeyFile,
        };
        AdapterFlags.AddTo(command);
        SpeculationFlags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            OwnerOnlyFiles.Apply();
            var run = (CommandRun)parsed.InvocationConfiguration;
            run.Grace = InterruptionGrace;
            return await WorkerHost.RunAsync(Read(parsed), cancellationToken, run.Interrupted);
        });
        return command;
    }

    internal static WorkerOptions Read(ParseResult parsed) => AdapterFlags.Read(parsed, new WorkerOptions
    {
        ModelPath = parsed.GetValue(Model)!.FullName,
        Engine = Engine.Of(parsed),
        Host = parsed.GetValue(Host)!,
        Port = parsed.GetValue(Port),
        ServedModelName = parsed.GetValue(ServedName),
        Weights = Weights.Of(parsed),
        KvPrecision = KvCacheType.Of(parsed),
        Threads = parsed.GetValue(Threads),
        MemoryBytes = parsed.GetValue(Memory),
        KvCacheBytes = parsed.GetValue(Cache),
        ContextLength = parsed.GetValue(Context),
        MaxSequences = parsed.GetValue(Sequences),
        MaxBatchedTokens = parsed.GetValue(BatchedTokens),
        InterTokenTarget = parsed.GetValue(InterTokenTarget),
        Pooling = Pooling.Of(parsed),
        MaxBatchSize = parsed.GetValue(BatchSize),
        BatchWindow = parsed.GetValue(BatchWindow),
        KvEvents = parsed.GetValue(KvEvents),
        ChatTemplateFile = parsed.GetValue(ChatTemplate)?.FullName,
        TrustRequestChatTemplate = parsed.GetValue(TrustTemplates),
        AllowedOrigins = parsed.GetValue(AllowedOrigins) ?? [],
        AllowedHosts = parsed.GetValue(AllowedHosts) ?? [],
        ApiKeyFile = parsed.GetValue(ApiKeyFile),
        ToolCallParser = ToolCallParser.Of(parsed),
        Speculation = SpeculationFlags.Read(parsed),
        DrainTimeout = parsed.GetValue(DrainTimeout),
        EndpointFile = parsed.GetValue(EndpointFile),
        TerminationMessageFile = parsed.GetValue(TerminationMessage),
        PinsFile = parsed.GetValue(Pins),
        ReleaseName = parsed.GetValue(Release),
        ContentHash = parsed.GetValue(ContentHash),
        OwnerLockFile = parsed.GetValue(OwnerLock),
        OwnerTimeout = parsed.GetValue(OwnerTimeout).Value,
    });

    private static Option<string> Text(string name, string description) => new(name) { Description = description, HelpName = "TEXT" };

    internal static Option<int?> Limit(string name, string description) => NumberOption.Optional(name, description, 1, int.MaxValue);

    internal static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out ByteSize size)) return size.Bytes;
            result.AddError($"{name}: \"{text}\" {ByteSize.Problem(text)}.");
            return null;
        },
    };
}
