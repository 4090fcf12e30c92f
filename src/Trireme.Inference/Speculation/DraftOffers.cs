using Trireme.Inference.Engine;

namespace Trireme.Inference.Speculation;

/// <summary>What could be drafted for a step, with the chances of it. Filled anew for each step.</summary>
internal sealed class DraftOffers(int sequencesMax, int draftTokensMax)
{
    private readonly ActiveRequest?[] _requests = new ActiveRequest?[sequencesMax];
    private readonly DraftOffer[] _offers = new DraftOffer[sequencesMax];
    private readonly double[] _chances = new double[sequencesMax * draftTokensMax];

    public int Count { get; private set; }

    public ActiveRequest RequestOf(int index) => _requests[index]!;

    public int CatchUpOf(int index) => _offers[index].CatchUp;

    /// <summary>For each token of an offer the chance that it and all before it are right; falling.</summary>
    public ReadOnlySpan<double> ChancesOf(int index) => _chances.AsSpan(index * draftTokensMax, _offers[index].Count);

    /// <summary>Adds an offer and gives the span to write its chances to.</summary>
    public Span<double> Add(ActiveRequest? request, in DraftOffer offer)
    {
        int index = Count++;
        _requests[index] = request;
        _offers[index] = offer;
        return _chances.AsSpan(index * draftTokensMax, offer.Count);
    }

    /// <summary>Tokens of an offer that have at least this chance.</summary>
    public int CountOf(int index, double chanceMin)
    {
        ReadOnlySpan<double> chances = ChancesOf(index);
        int count = 0;
        while (count < chances.Length && chances[count] >= chanceMin) count++;
        return count;
    }

    public void Clear()
    {
        Array.Clear(_requests, 0, Count);
        Count = 0;
    }
}
