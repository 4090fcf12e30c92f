using System.Runtime.InteropServices;
using Trireme.Inference.Engine;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Takes the engine's steps through speculation: what to draft before a step is planned, the drafts before it is computed, and what
/// became of them after. Used by the engine's thread only.
/// </summary>
internal sealed class Speculator(SpeculationOptions options, int sequencesMax, IDrafter drafter, SpeculationMetrics metrics)
{
    /// <summary>What is believed of drafts before any was checked.</summary>
    private const double FirstGuess = 0.5;

    /// <summary>About so many drafts of all sequences predict what to expect of a new one.</summary>
    private const double Memory = 500;

    private readonly SpeculationGain _gain = new();
    private readonly DraftOffers _offers = new(sequencesMax, options.DraftTokensMax);
    private readonly AcceptanceRate _rate = new(drafter.Kinds, Memory);

    /// <summary>
    /// :: Step 1: Says how many drafted tokens each running answer would like to have checked, and returns their sum. The scheduler
    /// decides how many of them fit.
    /// </summary>
    public int Prepare(Scheduler scheduler, StepCosts costs)
    {
        _offers.Clear();
        int streams = 0;
        for (int i = 0; i < scheduler.RunningCount; i++)
        {
            var request = (ActiveRequest)scheduler.Running(i);
            request.WantedDrafts = 0;
            if (!request.IsStream) continue;
            streams++;
            SequenceDrafts drafts = request.Drafts ??= new SequenceDrafts(options.DraftTokensMax, drafter.Kinds);
            drafts.RecordOutcome(CollectionsMarshal.AsSpan(request.Tokens), _rate);
            // The step itself gives one token.
            int max = Math.Min(options.DraftTokensMax, request.AnswerLeft - 1);
            if (max > 0) Offer(request, drafts, max);
        }

        SpeculationDecision decision =
            options.Always ? SpeculationDecision.All : _gain.Decide(streams, _offers, costs, drafter.Costs);
        int wanted = 0;
        for (int i = 0; i < _offers.Count; i++)
        {
            if (decision.Only >= 0 && decision.Only != i) continue;
            int count = _offers.CountOf(i, decision.ChanceMin);
            _offers.RequestOf(i).WantedDrafts = count;
            wanted += count;
        }

        return wanted;
    }

    /// <summary>:: Step 2: Drafts what the step can take.</summary>
    public void Draft(ScheduledStep step) => drafter.Draft(step);

    /// <summary>:: Step 3: Counts the drafts of a computed step.</summary>
    public void Count(ScheduledStep step)
    {
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            if (chunk.Drafts == 0) continue;
            var request = (ActiveRequest)chunk.Sequence;
            metrics.Checked(chunk.Drafts, request.Drafts!.CountRight(CollectionsMarshal.AsSpan(request.Tokens), chunk.Drafts));
        }
    }

    private void Offer(ActiveRequest request, SequenceDrafts drafts, int max)
    {
        DraftOffer offer = drafter.Offer(request, drafts, max);
        if (offer.Count == 0) return;
        Span<double> chances = _offers.Add(request, offer);
        double chance = 1;
        for (int i = 0; i < chances.Length; i++)
        {
            int kind = _rate.KindAt(offer.Kind, i);
            chance *= drafts.Rate.Of(kind, _rate.Of(kind, FirstGuess));
            chances[i] = chance;
        }
    }
}
