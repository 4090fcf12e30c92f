namespace Trireme.Dashboard.Views;

/// <summary>
/// The colour and the shape of a release, the same wherever it is shown and on every machine, because both come from its content hash.
/// Colours stay apart for the colour-blind (the style sheet has one set for light and one for dark backgrounds); where two releases get
/// the same one, two times in three the shape tells them apart.
/// </summary>
public readonly record struct ReleaseTone(int Colour, int Shape)
{
    public const int Colours = 8;
    public const int Shapes = 3;

    /// <summary>Dashes of a line in pixels, by shape.</summary>
    private static readonly string[] Dashes = ["none", "7 3", "2 3"];

    public string CssClass => $"tone-{Colour}";

    public string Dash => Dashes[Shape];

    public static ReleaseTone Of(string contentHash)
    {
        ArgumentNullException.ThrowIfNull(contentHash);

        // FNV-1a: spreads what is a hash already and also a name, where nobody knows the content any more.
        uint hash = 2166136261;
        foreach (char letter in contentHash) hash = (hash ^ letter) * 16777619;
        hash ^= hash >> 15;
        return new ReleaseTone((int)(hash % Colours), (int)(hash / Colours % Shapes));
    }
}
