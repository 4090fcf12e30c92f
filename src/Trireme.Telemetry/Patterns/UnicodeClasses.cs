using System.Collections.Concurrent;
using System.Globalization;

namespace Trireme.Telemetry.Patterns;

/// <summary>The sets behind <c>\pL</c> and <c>\p{Greek}</c>: general categories by their short names, scripts by their long ones.</summary>
internal static class UnicodeClasses
{
    private const string Resource = "Trireme.Telemetry.Patterns.scripts.txt";

    /// <summary>Short names in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] Categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
    ];

    private static readonly Lazy<Dictionary<string, CodePointSet>> ByCategory = new(ReadCategories);
    private static readonly Lazy<Dictionary<string, CodePointSet>> ByScript = new(ReadScripts);
    private static readonly ConcurrentDictionary<string, CodePointSet> Folded = new(StringComparer.Ordinal);

    /// <summary>The set of this name, or null where there is none.</summary>
    public static CodePointSet? Find(string name, bool foldCase)
    {
        CodePointSet? found = name == "Any" ? CodePointSet.All
            : ByCategory.Value.GetValueOrDefault(name) ?? ByScript.Value.GetValueOrDefault(name);
        return found is null || !foldCase ? found : Folded.GetOrAdd(name, static (_, set) => CaseFolding.Close(set), found);
    }

    private static Dictionary<string, CodePointSet> ReadCategories()
    {
        var builders = new Dictionary<string, CodePointSetBuilder>(StringComparer.Ordinal);
        foreach (string name in Categories)
        {
            builders.TryAdd(name, new CodePointSetBuilder());
            builders.TryAdd(name[..1], new CodePointSetBuilder());
        }

        int first = 0;
        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(0);
        for (int next = 1; next <= CodePointSet.Last + 1; next++)
        {
            UnicodeCategory? here = next > CodePointSet.Last ? null : CharUnicodeInfo.GetUnicodeCategory(next);
            if (here == category) continue;
            if (category != UnicodeCategory.OtherNotAssigned)
            {
                string name = Categories[(int)category];
                builders[name].Add(first, next - 1);
                builders[name[..1]].Add(first, next - 1);
            }

            (first, category) = (next, here ?? category);
        }

        return builders.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToSet(), StringComparer.Ordinal);
    }

    private static Dictionary<string, CodePointSet> ReadScripts()
    {
        using Stream stream = typeof(UnicodeClasses).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var scripts = new Dictionary<string, CodePointSet>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            string[] words = line.Split(' ');
            var builder = new CodePointSetBuilder();
            foreach (string range in words.AsSpan(1))
            {
                string[] ends = range.Split('-');
                builder.Add(Hex(ends[0]), Hex(ends[^1]));
            }

            scripts.Add(words[0], builder.ToSet());
        }

        return scripts;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
