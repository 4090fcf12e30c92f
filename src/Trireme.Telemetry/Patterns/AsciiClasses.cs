namespace Trireme.Telemetry.Patterns;

/// <summary>The classes that know ASCII only: POSIX' such as <c>[:alpha:]</c> and Perl's such as <c>\d</c>.</summary>
internal static class AsciiClasses
{
    private static readonly Dictionary<string, CodePointSet> Posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = Of("09AZaz"),
        ["alpha"] = Of("AZaz"),
        ["ascii"] = Of("\0\x7F"),
        ["blank"] = Of("\t\t  "),
        ["cntrl"] = Of("\0\x1F\x7F\x7F"),
        ["digit"] = Of("09"),
        ["graph"] = Of("!~"),
        ["lower"] = Of("az"),
        ["print"] = Of(" ~"),
        ["punct"] = Of("!/:@[`{~"),
        ["space"] = Of("\t\r  "),
        ["upper"] = Of("AZ"),
        ["word"] = Of("09AZ__az"),
        ["xdigit"] = Of("09AFaf"),
    };

    private static readonly CodePointSet PerlSpace = Of("\t\n\f\r  ");

    public static CodePointSet Word => Posix["word"];

    /// <param name="name">What stands between the colons, with a leading ^ for the others.</param>
    /// <param name="foldCase">Adds the letters that fold into the class.</param>
    /// <returns>Null where there is no such class.</returns>
    public static CodePointSet? FindPosix(string name, bool foldCase)
    {
        bool negated = name.StartsWith('^');
        return Posix.TryGetValue(negated ? name[1..] : name, out CodePointSet? found) ? Finish(found, negated, foldCase) : null;
    }

    /// <returns>Null where the letter after the backslash stands for no class.</returns>
    public static CodePointSet? FindPerl(char letter, bool foldCase) => letter switch
    {
        'd' or 'D' => Finish(Posix["digit"], letter == 'D', foldCase),
        's' or 'S' => Finish(PerlSpace, letter == 'S', foldCase),
        'w' or 'W' => Finish(Word, letter == 'W', foldCase),
        _ => null,
    };

    private static CodePointSet Finish(CodePointSet set, bool negated, bool foldCase)
    {
        if (foldCase) set = CaseFolding.Close(set);
        return negated ? set.Negate() : set;
    }

    /// <summary>Ranges given as pairs of their ends.</summary>
    private static CodePointSet Of(string ends)
    {
        var builder = new CodePointSetBuilder();
        for (int i = 0; i < ends.Length; i += 2) builder.Add(ends[i], ends[i + 1]);
        return builder.ToSet();
    }
}
