using System.Text.RegularExpressions;
using Trireme.Testing;

namespace Trireme.Architecture.Tests;

/// <summary>The numbers and names of the code style. A breach names the file and the line.</summary>
public sealed partial class StyleTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 70;
    private const int MaxLineLength = 140;

    [Fact]
    public void Files_are_at_most_400_lines_long() =>
        AssertNone(CodeFiles().Where(file => File.ReadLines(file).Count() > MaxFileLines).Select(Relative));

    [Fact]
    public void Lines_are_at_most_140_characters_long() =>
        AssertNone(
            from file in CodeFiles()
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > MaxLineLength
            select $"{Relative(file)}:{line.Number}");

    [Fact]
    public void Methods_are_at_most_70_lines_long() =>
        AssertNone(
            from file in SourceTree.Files("*.cs", "src", "tests", "bench")
            from method in Methods.In(File.ReadAllText(file))
            where method.Lines > MaxMethodLines
            select $"{Relative(file)}:{method.FirstLine} {method.Name} has {method.Lines} lines");

    [Fact]
    public void Names_say_what_a_type_does() =>
        AssertNone(
            from file in CodeFiles()
            let name = Path.GetFileNameWithoutExtension(file)
            where VagueName().IsMatch(name)
            select Relative(file));

    [Fact]
    public void A_source_file_holds_one_public_type_with_its_small_companions() =>
        AssertNone(
            from file in SourceTree.Files("*.cs", "src")
            let types = PublicType().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value).ToList()
            where types.Count > 0 && !types.Contains(Path.GetFileNameWithoutExtension(file).Split('.')[0])
            select $"{Relative(file)} holds {string.Join(", ", types)}");

    [Fact]
    public void Nothing_is_left_for_later() =>
        AssertNone(
            from file in CodeFiles().Concat(SourceTree.Files("*.sh", "eng"))
            where !file.EndsWith("StyleTests.cs", StringComparison.Ordinal)
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where LeftOver().IsMatch(line.Text)
            select $"{Relative(file)}:{line.Number}");

    [Fact]
    public void The_root_holds_only_what_belongs_there()
    {
        string[] expected =
        [
            ".ci", ".editorconfig", ".gitattributes", ".gitignore", "BannedSymbols.txt", "CHANGELOG.md", "Directory.Build.props",
            "Directory.Packages.props", "README.md", "Trireme.slnx", "bench", "deploy", "docs", "eng", "global.json", "samples", "src",
            "tests", "trireme",
        ];
        string[] ignored = [".git", "artifacts", ".vs", ".vscode", ".idea", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];
        IEnumerable<string> found = new DirectoryInfo(Repository.Root).EnumerateFileSystemInfos().Select(entry => entry.Name);
        AssertNone(found.Except(expected).Except(ignored));
    }

    /// <summary>A library's message ends with a period, so that what goes on behind it needs Clause.Of.</summary>
    [Fact]
    public void No_sentence_goes_on_behind_an_exceptions_message() =>
        AssertNone(
            from file in SourceTree.Files("*.cs", "src").Concat(SourceTree.Files("*.razor", "src"))
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where GluedMessage().IsMatch(line.Text)
            select $"{Relative(file)}:{line.Number}");

    private static IEnumerable<string> CodeFiles() =>
        SourceTree.Files("*.cs", "src", "tests", "bench").Concat(SourceTree.Files("*.razor", "src", "tests"));

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    private static void AssertNone(IEnumerable<string> breaches)
    {
        string[] found = [.. breaches.Order(StringComparer.Ordinal)];
        if (found.Length > 0) Assert.Fail(string.Join('\n', found));
    }

    [GeneratedRegex(@"[eE]xception\.Message(\.TrimEnd\('\.'\))?\}[^""]")]
    private static partial Regex GluedMessage();

    [GeneratedRegex("(Manager|Helper|Helpers|Utils|Util|Utilities|Common|Misc)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(
        @"^public (?:(?:abstract|sealed|static|partial|readonly|ref|unsafe) )*"
        + @"(?:class|record struct|record|struct|interface|enum|delegate \S+) (?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|Thread\.Sleep|\bSkip\s*=\s*""")]
    private static partial Regex LeftOver();
}
