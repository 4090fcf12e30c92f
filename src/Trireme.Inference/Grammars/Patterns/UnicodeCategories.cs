using System.Collections.Concurrent;
using System.Globalization;

namespace Trireme.Inference.Grammars.Patterns;

/// <summary>Unicode's general categories by their short and long names, as \p{...} takes them.</summary>
internal static class UnicodeCategories
{
    /// <summary>Short and long names, in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly (string Short, string Long)[] Names =
    [
        ("Lu", "Uppercase_Letter"), ("Ll", "Lowercase_Letter"), ("Lt", "Titlecase_Letter"), ("Lm", "Modifier_Letter"),
        ("Lo", "Other_Letter"),
        ("Mn", "Nonspacing_Mark"), ("Mc", "Spacing_Mark"), ("Me", "Enclosing_Mark"),
        ("Nd", "Decimal_Number"), ("Nl", "Letter_Number"), ("No", "Other_Number"),
        ("Zs", "Space_Separator"), ("Zl", "Line_Separator"), ("Zp", "Paragraph_Separator"),
        ("Cc", "Control"), ("Cf", "Format"), ("Cs", "Surrogate"), ("Co", "Private_Use"),
        ("Pc", "Connector_Punctuation"), ("Pd", "Dash_Punctuation"), ("Ps", "Open_Punctuation"), ("Pe", "Close_Punctuation"),
        ("Pi", "Initial_Punctuation"), ("Pf", "Final_Punctuation"), ("Po", "Other_Punctuation"),
        ("Sm", "Math_Symbol"), ("Sc", "Currency_Symbol"), ("Sk", "Modifier_Symbol"), ("So", "Other_Symbol"),
        ("Cn", "Unassigned"),
    ];

    private static readonly Dictionary<string, string> Groups = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L", ["Mark"] = "M", ["Number"] = "N", ["Punctuation"] = "P", ["punct"] = "P", ["Symbol"] = "S", ["Separator"] = "Z",
        ["Other"] = "C", ["Combining_Mark"] = "M", ["digit"] = "Nd", ["cntrl"] = "Cc",
    };

    private static readonly ConcurrentDictionary<string, CharacterSet> Known = new(StringComparer.Ordinal);

    /// <summary>Null for a name that is none of a general category, nor ASCII or Any.</summary>
    public static CharacterSet? Find(string name)
    {
        foreach (string property in new[] { "gc=", "General_Category=" })
        {
            if (name.StartsWith(property, StringComparison.Ordinal)) name = name[property.Length..];
        }

        if (name == "Any") return CharacterSet.All;
        if (name == "ASCII") return CharacterSet.Of(new CharacterRange(0, 0x7F));
        name = Groups.GetValueOrDefault(name, name);
        var wanted = new bool[Names.Length];
        bool isKnown = false;
        for (int i = 0; i < Names.Length; i++)
        {
            (string code, string written) = Names[i];
            wanted[i] = name == code || name == written || (name.Length == 1 && code[0] == name[0])
                || (name is "LC" or "Cased_Letter" && code is "Lu" or "Ll" or "Lt");
            isKnown |= wanted[i];
        }

        return isKnown ? Known.GetOrAdd(name, _ => Collect(wanted)) : null;
    }

    private static CharacterSet Collect(bool[] wanted)
    {
        var ranges = new List<CharacterRange>();
        int first = -1;
        for (int character = 0; character <= 0x110000; character++)
        {
            bool isIn = character <= 0x10FFFF && wanted[(int)CharUnicodeInfo.GetUnicodeCategory(character)];
            if (isIn && first < 0) first = character;
            if (isIn || first < 0) continue;
            ranges.Add(new CharacterRange(first, character - 1));
            first = -1;
        }

        return CharacterSet.Of([.. ranges]);
    }
}
