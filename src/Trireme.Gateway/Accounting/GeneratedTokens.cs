using Trireme.Gateway.Forwarding;

namespace Trireme.Gateway.Accounting;

/// <summary>Adds up what the chunks of a stream report: of each choice so far, and of all of them at the end.</summary>
internal sealed class GeneratedTokens
{
    private long[] _perChoice = [];

    /// <summary>The tokens of all choices after a further event.</summary>
    public TokenUsage Add(TokenUsage reported, StreamEvent read)
    {
        // Of choices that no engine has, the number is some client's or engine's mistake.
        if (read.IsUsageOnly || read.Choice is < 0 or >= ChoicesMax) return reported;
        if (read.Choice >= _perChoice.Length) Array.Resize(ref _perChoice, read.Choice + 1);
        _perChoice[read.Choice] = Math.Max(_perChoice[read.Choice], reported.Generated);
        long sum = 0;
        foreach (long generated in _perChoice) sum += generated;
        return reported with { Generated = sum };
    }

    private const int ChoicesMax = 4096;
}
