using System.Globalization;

namespace Trireme.Training.Corpus;

/// <summary>Tables that follow from arithmetic or from other tables.</summary>
internal static class ComputedTables
{
    private const string Absent = "-";

    private static readonly string[] NumberWords =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ];

    public static IEnumerable<WordTable> From(IReadOnlyDictionary<string, WordTable> tables) =>
    [
        Sums(), Differences(), Products(), Successors(), Counts(), Opposites(tables["opposite-pairs"]), Sizes(tables["animals"]),
    ];

    /// <summary>"plural" is there where both numbers read well in "two balls and three more".</summary>
    private static WordTable Sums() => Create(
        "sums",
        ["a", "b", "sum", "a-word", "b-word", "sum-word", "plural"],
        from a in Enumerable.Range(0, 11)
        from b in Enumerable.Range(0, 11)
        select (string[])
        [
            Digits(a), Digits(b), Digits(a + b), NumberWords[a], NumberWords[b], NumberWords[a + b], YesIf(a >= 2 && b >= 1),
        ]);

    private static WordTable Differences() => Create(
        "differences",
        ["a", "b", "rest", "a-word", "b-word", "rest-word", "differ", "plural"],
        from a in Enumerable.Range(0, 13)
        from b in Enumerable.Range(0, a + 1)
        select (string[])
        [
            Digits(a), Digits(b), Digits(a - b), NumberWords[a], NumberWords[b], NumberWords[a - b],
            YesIf(a > b), YesIf(b >= 1 && a - b >= 2),
        ]);

    private static WordTable Products() => Create(
        "products",
        ["a", "b", "product"],
        from a in Enumerable.Range(1, 6)
        from b in Enumerable.Range(1, 6)
        select (string[])[Digits(a), Digits(b), Digits(a * b)]);

    private static WordTable Successors() => Create(
        "successors",
        ["number", "next"],
        Enumerable.Range(0, 30).Select(number => (string[])[Digits(number), Digits(number + 1)]));

    private static WordTable Counts() => Create(
        "counts",
        ["number", "list", "back"],
        Enumerable.Range(3, 8).Select(number => (string[])
        [
            NumberWords[number],
            string.Join(", ", NumberWords[1..(number + 1)]),
            string.Join(", ", NumberWords[1..(number + 1)].Reverse()),
        ]));

    /// <summary>Every word of the pairs once: with several opposites, the first pair decides.</summary>
    private static WordTable Opposites(WordTable pairs)
    {
        var opposites = new Dictionary<string, string>();
        foreach (WordRow pair in pairs.Rows) opposites.TryAdd(pair["one"]!, pair["other"]!);
        foreach (WordRow pair in pairs.Rows) opposites.TryAdd(pair["other"]!, pair["one"]!);
        return Create("opposites", ["one", "other"], opposites.Select(pair => (string[])[pair.Key, pair.Value]));
    }

    /// <summary>Pairs of animals of clearly different size.</summary>
    private static WordTable Sizes(WordTable animals) => Create(
        "sizes",
        ["big", "small"],
        from big in animals.Rows
        from small in animals.Rows
        where Size(big) - Size(small) >= 4
        select (string[])[big.Word, small.Word]);

    private static int Size(WordRow animal) => int.Parse(animal["size"]!, CultureInfo.InvariantCulture);

    private static string YesIf(bool condition) => condition ? "yes" : Absent;

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static WordTable Create(string name, string[] columns, IEnumerable<string[]> rows) =>
        new(name, columns, [.. rows.Select(cells => new WordRow(name, columns, cells))]);
}
