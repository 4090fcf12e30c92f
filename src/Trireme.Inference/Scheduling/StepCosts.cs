using System.Numerics;

namespace Trireme.Inference.Scheduling;

/// <summary>
/// What a step costs, learnt from the steps before: a base that depends on how many tokens continue answers, and so much per prompt
/// token. The base is kept for single numbers of tokens and, further up, for a quarter of each power of two, since a batch's cost is
/// nearly flat while the weights' bandwidth limits it and rises once arithmetic does. A step's deviation is spread over the two by their
/// shares of its time, and one step moves them only so far: a pause of the machine is forgotten within a few steps, a lasting change is
/// followed as fast.
/// </summary>
internal sealed class StepCosts
{
    /// <summary>Powers of two that are distinguished.</summary>
    private const int Powers = 16;

    /// <summary>Parts of a power of two; a power of two itself, so that numbers below twice this are distinguished one by one.</summary>
    private const int Parts = 4;

    private const int Classes = ((Powers - 1) * Parts) - 1;

    /// <summary>Share of a step's deviation that is believed at once.</summary>
    private const double Rate = 0.4;

    /// <summary>A deviation counts for at most this much; the natural logarithm of about 1.65.</summary>
    private const double LogDeviationMax = 0.5;

    private readonly double[] _base = new double[Classes];
    private double _perPrefillToken;

    /// <summary>Seconds per prompt token; 0 while no prompt was measured.</summary>
    public double PerPrefillToken => _perPrefillToken;

    /// <summary>Seconds of a step that only continues so many answers; 0 while nothing like it was measured.</summary>
    public double Base(int decodes)
    {
        int wanted = Class(decodes);
        if (_base[wanted] > 0) return _base[wanted];
        // The nearest class below is the better guess: cost rises with the answers, but slowly.
        for (int i = wanted - 1; i >= 0; i--)
        {
            if (_base[i] > 0) return _base[i];
        }

        for (int i = wanted + 1; i < Classes; i++)
        {
            if (_base[i] > 0) return _base[i];
        }

        return 0;
    }

    /// <summary>
    /// As <see cref="Base"/>, but where nothing like it was measured on a line between the nearest measures on either side. Above the
    /// largest the cost is taken to stay: who is tempted by that measures it.
    /// </summary>
    public double Between(int decodes)
    {
        int wanted = Class(decodes);
        if (_base[wanted] > 0) return _base[wanted];
        int below = wanted - 1;
        while (below >= 0 && _base[below] == 0) below--;
        int above = wanted + 1;
        while (above < Classes && _base[above] == 0) above++;
        if (below < 0) return above < Classes ? _base[above] : 0;
        if (above == Classes) return _base[below];
        double share = (double)(decodes - Least(below)) / (Least(above) - Least(below));
        return _base[below] + ((_base[above] - _base[below]) * share);
    }

    /// <summary>Learns from a step.</summary>
    public void Observe(int decodes, int prefillTokens, double seconds)
    {
        if (!(seconds > 0) || !double.IsFinite(seconds) || decodes + prefillTokens == 0) return;
        double baseCost = decodes == 0 ? 0 : Base(decodes);
        double prefillCost = _perPrefillToken * prefillTokens;
        if (decodes > 0 && baseCost == 0)
        {
            // What is known already explains its part; half is a start where neither is known.
            double rest = prefillTokens == 0 ? seconds : prefillCost > 0 ? Math.Max(seconds - prefillCost, seconds / 8) : seconds / 2;
            _base[Class(decodes)] = rest;
            if (prefillTokens > 0 && prefillCost == 0) _perPrefillToken = (seconds - rest) / prefillTokens;
            return;
        }

        if (prefillTokens > 0 && prefillCost == 0)
        {
            _perPrefillToken = Math.Max(seconds - baseCost, seconds / 8) / prefillTokens;
            return;
        }

        double predicted = baseCost + prefillCost;
        double deviation = Math.Clamp(Math.Log(seconds / predicted), -LogDeviationMax, LogDeviationMax) * Rate;
        if (decodes > 0) _base[Class(decodes)] = baseCost * Math.Exp(deviation * (baseCost / predicted));
        if (prefillTokens > 0) _perPrefillToken *= Math.Exp(deviation * (prefillCost / predicted));
    }

    private static int Class(int decodes)
    {
        if (decodes < Parts) return Math.Max(decodes, 1) - 1;
        int power = BitOperations.Log2((uint)decodes);
        int part = (decodes >> (power - 2)) & (Parts - 1);
        return Math.Min(((power - 1) * Parts) - 1 + part, Classes - 1);
    }

    /// <summary>The least number of tokens of a class.</summary>
    private static int Least(int index)
    {
        if (index < Parts - 1) return index + 1;
        int power = ((index + 1) / Parts) + 1;
        return (Parts + ((index + 1) % Parts)) << (power - 2);
    }
}
