using System.Runtime.InteropServices;
using Trireme.Inference.Engine;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Drafts by prompt lookup (Saxena 2023): where the last tokens occurred before in the same prompt and answer, what followed then may
/// follow now. Costs a few lookups per token.
/// </summary>
internal sealed class NgramDrafter(SpeculationOptions options) : IDrafter
{
    /// <summary>Longest answer the tables are sized for from the start; a longer one makes them grow.</summary>
    private const int AnswerCapacityMax = 1024;

    public int Kinds => options.LookupMax - options.LookupMin + 1;

    public StepCosts? Costs => null;

    public DraftOffer Offer(ActiveRequest request, SequenceDrafts drafts, int max)
    {
        Span<int> tokens = CollectionsMarshal.AsSpan(request.Tokens);
        NgramIndex index = drafts.Index ??=
            new NgramIndex(options.LookupMin, options.LookupMax, tokens.Length + Math.Min(request.AnswerLeft, AnswerCapacityMax));
        index.Read(tokens);
        if (index.MatchLength == 0) return default;
        int kind = index.MatchLength - options.LookupMin;
        index.Continue(tokens, drafts.Begin(tokens.Length, max, kind));
        // What the grammar forbids is sure to be wrong, and says nothing about what lookup is worth where it does not.
        drafts.Truncate(request.Rules.CountPossible(drafts.Tokens));
        return new DraftOffer(drafts.Count, kind);
    }

    public void Draft(ScheduledStep step)
    {
        // Offering has drafted all there is.
    }
}
