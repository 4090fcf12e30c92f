using System.Globalization;

namespace Trireme.Inference.Tokenizers.Normalization;

/// <summary>Unicode's canonical decompositions, compositions and combining classes, from the embedded canonical.txt.</summary>
internal sealed class CanonicalData
{
    private static readonly Lazy<CanonicalData> Loaded = new(static () => new CanonicalData());

    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalData()
    {
        using Stream stream = typeof(CanonicalData).Assembly.GetManifestResourceStream("Trireme.Inference.canonical.txt")!;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#')) Add(line.Split(' '));
        }
    }

    public static CanonicalData Instance => Loaded.Value;

    /// <summary>The characters one decomposes to, fully; null for itself.</summary>
    public int[]? Decompose(int character) => _decompositions.GetValueOrDefault(character);

    public bool TryCompose(int first, int second, out int composed) => _compositions.TryGetValue((first, second), out composed);

    /// <summary>0 for starters; marks of one class keep their order, marks of different classes are sorted.</summary>
    public byte CombiningClass(int character) => _classes.GetValueOrDefault(character);

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void Add(string[] fields)
    {
        int character = Hex(fields[1]);
        switch (fields[0])
        {
            case "C":
                for (int i = character; i <= Hex(fields[2]); i++) _classes[i] = byte.Parse(fields[3], CultureInfo.InvariantCulture);
                break;
            case "P":
                _compositions.Add((Hex(fields[2]), Hex(fields[3])), character);
                _decompositions.Add(character, [Hex(fields[2]), Hex(fields[3])]);
                break;
            default:
                _decompositions.Add(character, [.. fields[2..].Select(Hex)]);
                break;
        }
    }
}
