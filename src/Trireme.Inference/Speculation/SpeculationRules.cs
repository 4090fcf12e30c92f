using Trireme.Inference.Engine;

namespace Trireme.Inference.Speculation;

/// <summary>The ranges of speculation's options.</summary>
internal static class SpeculationRules
{
    public const int DraftTokensMax = 16;
    public const int LookupMax = 8;

    /// <summary>What is wrong, naming the field; null when all is well.</summary>
    public static string? FindProblem(SpeculationOptions? options) => options switch
    {
        null => null,
        { DraftTokensMax: < 1 or > DraftTokensMax } =>
            $"{OptionNames.DraftTokens} is {options.DraftTokensMax}; it must be between 1 and {DraftTokensMax}.",
        { LookupMin: < 1 or > LookupMax } => $"{OptionNames.LookupMin} is {options.LookupMin}; it must be between 1 and {LookupMax}.",
        { LookupMax: > LookupMax } => $"{OptionNames.LookupMax} is {options.LookupMax}; it must be at most {LookupMax}.",
        _ when options.LookupMax < options.LookupMin =>
            $"{OptionNames.LookupMax} is {options.LookupMax}; it must be at least {OptionNames.LookupMin}, {options.LookupMin}.",
        { Method: SpeculationMethod.Draft, DraftModel: null } =>
            $"{OptionNames.DraftModel} is missing; name the folder or file of a smaller model.",
        { Method: not SpeculationMethod.Draft, DraftModel: not null } =>
            $"{OptionNames.DraftModel} is given, but drafts are to come from prompt lookup; ask for the method draft, or "
            + "leave the model out.",
        _ => null,
    };
}
