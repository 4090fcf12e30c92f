using Trireme.Inference.Engine;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Speculation;

/// <summary>Drafts what may follow sequences. Used by the engine's thread only.</summary>
internal interface IDrafter
{
    /// <summary>Kinds of drafts whose success is measured apart.</summary>
    int Kinds { get; }

    /// <summary>What a round of drafting one token for each of some sequences costs; null where it costs next to nothing.</summary>
    StepCosts? Costs { get; }

    /// <summary>Says what it could draft after a sequence's last token.</summary>
    /// <param name="request">An answer whose last token is yet to be computed.</param>
    /// <param name="drafts">The state of the answer's drafts.</param>
    /// <param name="max">Most tokens that are of use; at least 1.</param>
    DraftOffer Offer(ActiveRequest request, SequenceDrafts drafts, int max);

    /// <summary>Drafts the tokens that a step can take, unless offering has; may take some back.</summary>
    void Draft(ScheduledStep step);
}

/// <summary>What a drafter could do for one sequence.</summary>
/// <param name="Count">Tokens; 0 for nothing.</param>
/// <param name="Kind">The kind of the first token.</param>
/// <param name="CatchUp">Tokens of the sequence to be read before drafting.</param>
internal readonly record struct DraftOffer(int Count, int Kind = 0, int CatchUp = 0);
