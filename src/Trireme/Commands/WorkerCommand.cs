using System.CommandLine;
using Trireme.Contracts.Serialization;
using Trireme.Worker;

namespace Trireme.Commands;

internal static class WorkerCommand
{
    public static Command Create()
    {
        var model = new Option<DirectoryInfo>("--model")
        {
            Description = "Folder of the model in Hugging Face layout.",
            HelpName = "PATH",
            Required = true,
        };
        var host = new Option<string>("--host")
        {
            Description = "Address to listen on; the interface has no authentication.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var port = new Option<int>("--port")
        {
            Description = "Port to listen on; 0 takes a free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 8000,
        };
        var served = new Option<string>("--served-model-name")
        {
            Description = "Name clients call the model by; the folder's name otherwise.",
            HelpName = "NAME",
        };
        var threads = new Option<int>("--threads") { Description = "Compute threads.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<long?> memory = Bytes("--memory", "Memory for weights, cache and scratch, such as 512Mi.");
        Option<long?> cache = Bytes("--kv-cache-memory", "Memory for the key-value cache; what --memory leaves otherwise.");
        var context = new Option<int?>("--context") { Description = "Longest prompt plus answer in tokens.", HelpName = "N" };
        var sequences = new Option<int?>("--max-sequences") { Description = "Most requests in one batch.", HelpName = "N" };
        var batched = new Option<int?>("--max-batched-tokens") { Description = "Most tokens computed in one step.", HelpName = "N" };
        Option<TimeSpan> drain = CommonOptions.Duration(
            "--drain-timeout",
            "Longest wait for open requests at the end.",
            TimeSpan.FromSeconds(60));
        var endpoint =
            new Option<string>("--endpoint-file") { Description = "File to write the address to once it listens.", HelpName = "FILE" };
        var release = new Option<string>("--release") { Description = "Name of the release, for headers and metrics.", HelpName = "NAME" };
        var hash = new Option<string>("--content-hash") { Description = "Content hash of the release.", HelpName = "HASH" };
        var owner = new Option<string>("--owner-lock")
        {
            Description = "End when nobody has held this file's lock for a minute.",
            HelpName = "FILE",
        };

        var command = new Command("worker", "Serve one model alone, over OpenAI's API.")
        {
            model, host, port, served, threads, memory, cache, context, sequences, batched, drain, endpoint, release, hash, owner,
        };
        command.SetAction((parsed, cancellationToken) => WorkerHost.RunAsync(
            new WorkerOptions
            {
                ModelPath = parsed.GetValue(model)!.FullName,
                Host = parsed.GetValue(host)!,
                Port = parsed.GetValue(port),
                ServedModelName = parsed.GetValue(served),
                Threads = parsed.GetValue(threads),
                MemoryBytes = parsed.GetValue(memory),
                KvCacheBytes = parsed.GetValue(cache),
                ContextLength = parsed.GetValue(context),
                MaxSequences = parsed.GetValue(sequences),
                MaxBatchedTokens = parsed.GetValue(batched),
                DrainTimeout = parsed.GetValue(drain),
                EndpointFile = parsed.GetValue(endpoint),
                ReleaseName = parsed.GetValue(release),
                ContentHash = parsed.GetValue(hash),
                OwnerLockFile = parsed.GetValue(owner),
            },
            cancellationToken));
        return command;
    }

    private static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out ByteSize size)) return size.Bytes;
            result.AddError($"{name}: \"{text}\" is not an amount of memory; write it like 512Mi or 2Gi.");
            return null;
        },
    };
}
