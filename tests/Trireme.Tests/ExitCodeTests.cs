using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Trireme.Testing;

namespace Trireme.Tests;

public sealed partial class ExitCodeTests
{
    /// <summary>A code that a script may meet is in the table, and the table has no other.</summary>
    [Fact]
    public void The_documentation_lists_every_exit_code()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "operations.md"));
        string table = page.Split("## Exit codes")[1].Split("\n## ")[0];
        IEnumerable<int> documented = Row().Matches(table).Select(row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
        IEnumerable<int> defined = typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (int)field.GetRawConstantValue()!);
        Assert.Equal(defined.Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
