using System.CommandLine;
using Trireme.Inference.Speculation;

namespace Trireme.Commands;

/// <summary>The worker's options of speculative decoding, under vLLM's names where it has them.</summary>
internal static class SpeculationFlags
{
    private const string Off = "off";
    private const string Ngram = "ngram";
    private const string Draft = "draft";

    private static readonly SpeculationOptions Defaults = new() { Method = SpeculationMethod.Ngram };

    private static readonly ChoiceOption<string> Method = new(
        "--speculative",
        "Check drafts of answers' next tokens, several in one step, while that is measured to pay; answers stay the same. ngram drafts "
        + "what followed earlier in the text, draft asks a smaller model.",
        (Off, Off),
        (Ngram, Ngram),
        (Draft, Draft));

    private static readonly Option<FileSystemInfo> DraftModel = new("--draft-model")
    {
        Description = "The smaller model of --speculative draft, with the same tokenizer: a folder or a GGUF file.",
        HelpName = "PATH",
    };

    private static readonly Option<int?> Tokens = WorkerCommand.Limit(
        "--num-speculative-tokens", "Most drafted tokens per answer and step, 1 to 16.");

    private static readonly Option<int?> LookupMin = WorkerCommand.Limit(
        "--prompt-lookup-min", "Fewest tokens that ngram must find again, 1 to 8.");

    private static readonly Option<int?> LookupMax = WorkerCommand.Limit("--prompt-lookup-max", "Most tokens that ngram compares, 1 to 8.");

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Method, DraftModel, Tokens, LookupMin, LookupMax }) command.Options.Add(option);
        command.Validators.Add(static result =>
        {
            if (FirstConflict(Method.Of(result), option => result.GetResult(option) is not null) is { } conflict) result.AddError(conflict);
        });
    }

    public static SpeculationOptions? Read(ParseResult parsed)
    {
        string method = Method.Of(parsed);
        if (method == Off) return null;
        return new SpeculationOptions
        {
            Method = method == Draft ? SpeculationMethod.Draft : SpeculationMethod.Ngram,
            DraftModel = parsed.GetValue(DraftModel)?.FullName,
            DraftTokensMax = parsed.GetValue(Tokens) ?? Defaults.DraftTokensMax,
            LookupMin = parsed.GetValue(LookupMin) ?? Defaults.LookupMin,
            LookupMax = parsed.GetValue(LookupMax) ?? Defaults.LookupMax,
        };
    }

    private static string? FirstConflict(string method, Func<Option, bool> isGiven)
    {
        bool asksModel = method == Draft;
        if (asksModel && !isGiven(DraftModel)) return "--draft-model: name the smaller model that --speculative draft asks.";
        if (!asksModel && isGiven(DraftModel)) return "--draft-model: only --speculative draft asks a model; add it, or leave this out.";
        if (method == Off && isGiven(Tokens)) return "--num-speculative-tokens: nothing is drafted without --speculative ngram or draft.";
        Option? lookup = isGiven(LookupMin) ? LookupMin : isGiven(LookupMax) ? LookupMax : null;
        if (method == Ngram || lookup is null) return null;
        return $"{lookup.Name}: only --speculative ngram looks tokens up; add it, or leave this out.";
    }
}
