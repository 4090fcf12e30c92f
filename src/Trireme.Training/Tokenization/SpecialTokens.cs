namespace Trireme.Training.Tokenization;

/// <summary>Tokens that text never contains: they mark turns and ends. Their ids are their places in <see cref="All"/>.</summary>
internal static class SpecialTokens
{
    public const string End = "<|end|>";

    public const string TurnStart = "<|im_start|>";

    public const string TurnEnd = "<|im_end|>";

    public const int EndId = 0;

    public const int TurnStartId = 1;

    public const int TurnEndId = 2;

    public static IReadOnlyList<string> All { get; } = [End, TurnStart, TurnEnd];
}
