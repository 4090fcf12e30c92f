namespace Trireme.Fleet.Scaling;

/// <summary>
/// How much work a request of a service is expected to be, beside a usual one of the same service: by the length of its body, for what
/// becomes of its prompt; for what it generates, which nobody knows beforehand, by the mean.
/// </summary>
public sealed class RequestWeights
{
    /// <summary>The work of a usual request.</summary>
    public const long Usual = 1000;

    /// <summary>
    /// What a token that is generated costs in tokens of the prompt: hosted models' price lists have 3 to 5. Only how prompts weigh beside
    /// answers depends on it.
    /// </summary>
    private const double GeneratedCost = 4;

    /// <summary>Answers before which every request is a usual one.</summary>
    private const long AnswersMin = 20;

    private const long Least = 10;
    private const long Most = 1000 * Usual;

    private double _bytes;
    private double _prompt;
    private double _generated;
    private long _answers;

    // Work of a request is _each and _perByte for each byte of its body. Read together they may be of two moments, which differ by little.
    private double _each = Usual;
    private double _perByte;

    /// <summary>Work in requests of the usual length.</summary>
    public static double InRequests(long work) => work / (double)Usual;

    /// <summary>Expected work of a request whose body is so long, in thousandths of a usual request's. At any time.</summary>
    public long Of(long bytes) =>
        (long)Math.Clamp(Volatile.Read(ref _each) + (Volatile.Read(ref _perByte) * bytes), Least, Most);

    /// <summary>A request was answered. One caller at a time.</summary>
    public void Add(long bytes, long promptTokens, long generatedTokens)
    {
        _bytes += bytes;
        _prompt += promptTokens;
        _generated += generatedTokens * GeneratedCost;
        if (++_answers < AnswersMin || _bytes <= 0 || _prompt <= 0) return;
        double promptPart = _prompt / (_prompt + _generated);
        Volatile.Write(ref _each, Usual * (1 - promptPart));
        Volatile.Write(ref _perByte, Usual * promptPart * _answers / _bytes);
    }
}
