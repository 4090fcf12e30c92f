namespace Trireme.Inference.Speculation;

/// <summary>
/// How often drafts turn out to be right, kept apart by kind, such as the length of the match they come from. Older drafts count less and
/// less.
/// </summary>
internal sealed class AcceptanceRate
{
    /// <summary>Drafts for which an estimate from elsewhere stands in.</summary>
    private const double PriorWeight = 4;

    private readonly double _keep;
    private readonly double[] _tried;
    private readonly double[] _right;

    /// <param name="kinds">Kinds of drafts told apart.</param>
    /// <param name="memory">About so many of the latest drafts of a kind count.</param>
    public AcceptanceRate(int kinds, double memory)
    {
        _keep = 1 - (1 / memory);
        _tried = new double[kinds];
        _right = new double[kinds];
    }

    /// <summary>
    /// The kind of a draft's later tokens: each is of the next kind, since it follows a match that is longer by one, up to the last kind.
    /// </summary>
    public int KindAt(int first, int place) => Math.Min(first + place, _tried.Length - 1);

    public void Record(int kind, bool isRight)
    {
        _tried[kind] = (_tried[kind] * _keep) + 1;
        _right[kind] = (_right[kind] * _keep) + (isRight ? 1 : 0);
    }

    /// <summary>The share that is right, from 0 to 1.</summary>
    /// <param name="kind">The kind of draft.</param>
    /// <param name="prior">What to believe before there is evidence.</param>
    public double Of(int kind, double prior) => (_right[kind] + (PriorWeight * prior)) / (_tried[kind] + PriorWeight);
}
