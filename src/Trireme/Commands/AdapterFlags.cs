using System.CommandLine;
using System.CommandLine.Parsing;
using Trireme.Worker;

namespace Trireme.Commands;

/// <summary>The worker's options of LoRA adapters, under vLLM's names.</summary>
internal static class AdapterFlags
{
    private static readonly Option<bool> EnableLora = new("--enable-lora")
    {
        Description = "Take LoRA adapters, also by POST /v1/load_lora_adapter, which reads folders of this machine.",
    };

    private static readonly Option<string[]> LoraModules = new("--lora-modules")
    {
        Description = "Adapters to load at the start.",
        HelpName = "NAME=DIR",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int?> MaxLoras = WorkerCommand.Limit("--max-loras", "Most adapters at once; 4 otherwise.");

    private static readonly Option<int?> MaxLoraRank = WorkerCommand.Limit("--max-lora-rank", "Largest rank of an adapter; 16 otherwise.");

    private static readonly Option<long?> LoraMemory = WorkerCommand.Bytes(
        "--lora-memory",
        "Share of --memory kept for adapters; enough for all of the largest rank otherwise.");

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { EnableLora, LoraModules, MaxLoras, MaxLoraRank, LoraMemory }) command.Options.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>Adds what the command line says of adapters.</summary>
    public static WorkerOptions Read(ParseResult parsed, WorkerOptions options) => options with
    {
        EnableLora = parsed.GetValue(EnableLora),
        LoraModules = (parsed.GetValue(LoraModules) ?? []).Select(SplitModule).ToDictionary(),
        MaxLoras = parsed.GetValue(MaxLoras),
        MaxLoraRank = parsed.GetValue(MaxLoraRank),
        LoraMemoryBytes = parsed.GetValue(LoraMemory),
    };

    private static void Check(CommandResult command)
    {
        var names = new HashSet<string>();
        // Of an option that lacks its value the parser tells, and throws here where it is asked for it.
        foreach (string module in (command.GetResult(LoraModules)?.Tokens ?? []).Select(token => token.Value))
        {
            if (module.IndexOf('=', StringComparison.Ordinal) is < 1 || module.EndsWith('='))
            {
                command.AddError($"--lora-modules: \"{module}\" is not of the form NAME=DIR.");
            }
            else if (!names.Add(SplitModule(module).Key))
            {
                command.AddError($"--lora-modules: the name in \"{module}\" is there twice.");
            }
        }

        bool wantsAdapters = names.Count > 0
            || new Option[] { MaxLoras, MaxLoraRank, LoraMemory }.Any(option => command.GetResult(option) is not null);
        if (wantsAdapters && !command.GetValue(EnableLora)) command.AddError("Options of adapters need --enable-lora as well.");
    }

    private static KeyValuePair<string, string> SplitModule(string module)
    {
        int equals = module.IndexOf('=', StringComparison.Ordinal);
        return new KeyValuePair<string, string>(module[..equals], module[(equals + 1)..]);
    }
}
