using System.Globalization;
using System.Text.RegularExpressions;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.Tests.PromQL.Conformance;

/// <summary>Reads Prometheus' test scripts: load, clear, eval, with series in expanding notation.</summary>
internal sealed partial class ScriptReader(string[] lines)
{
    private int _next;

    public static IReadOnlyList<ScriptCommand> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = lines[i].Trim();
            if (lines[i].StartsWith('#')) lines[i] = "";
        }

        return [.. new ScriptReader(lines).Commands()];
    }

    private IEnumerable<ScriptCommand> Commands()
    {
        while (_next < lines.Length)
        {
            int number = _next + 1;
            string line = lines[_next++];
            if (line.Length == 0) continue;
            yield return line switch
            {
                "clear" => new ClearCommand(number),
                ['l', 'o', 'a', 'd', ' ', .. var interval] => new LoadCommand(number, Duration(interval), [.. Block().Select(Series)]),
                _ => Eval(line, number),
            };
        }
    }

    private EvalCommand Eval(string line, int number)
    {
        Match match = EvalLine().Match(line);
        Assert.True(match.Success, $"line {number} is no command: {line}");
        List<string> body = [.. Block()];
        var command = new EvalCommand(number, Duration(match.Groups["at"].Value), match.Groups["expression"].Value)
        {
            MustFail = match.Groups["mode"].Value == "_fail",
            Ordered = match.Groups["mode"].Value == "_ordered",
        };
        return body is [var only] && FloatText.TryParse(only, out double scalar)
            ? command with { Scalar = scalar }
            : command with { Expected = [.. body.Select(Series)] };
    }

    private IEnumerable<string> Block()
    {
        while (_next < lines.Length && lines[_next].Length > 0) yield return lines[_next++];
    }

    private static ScriptSeries Series(string line)
    {
        int end = line.Contains('{', StringComparison.Ordinal) ? line.LastIndexOf('}') + 1 : line.IndexOfAny([' ', '\t']);
        string[] items = line[end..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new ScriptSeries(Labels(line[..end]), [.. items.SelectMany(Expand)]);
    }

    private static LabelSet Labels(string text)
    {
        string inner = text.Replace(" ", "", StringComparison.Ordinal);
        if (inner == "{}") return LabelSet.Empty;
        var selector = (VectorSelector)Parser.Parse(text);
        return LabelSet.Of([.. selector.Matchers.Select(static matcher => new Label(matcher.Name, matcher.Value))]);
    }

    private static IEnumerable<double?> Expand(string item)
    {
        if (item == "stale") return [StaleMarker.Value];
        Match match = Sequence().Match(item);
        if (!match.Success) return [item == "_" ? null : Number(item)];
        int times = int.Parse(match.Groups["times"].Value, CultureInfo.InvariantCulture);
        string start = match.Groups["start"].Value;
        if (start == "_") return Enumerable.Repeat<double?>(null, times);
        double delta = match.Groups["delta"].Success ? Number(match.Groups["delta"].Value) : 0;
        return Repeat(Number(start), delta, times);
    }

    private static IEnumerable<double?> Repeat(double value, double delta, int times)
    {
        for (int i = 0; i <= times; i++)
        {
            yield return value;
            value += delta;
        }
    }

    private static double Number(string text)
    {
        Assert.True(FloatText.TryParse(text, out double value), $"not a number: {text}");
        return value;
    }

    private static long Duration(string text)
    {
        if (PromDuration.TryParse(text, out long milliseconds)) return milliseconds;
        return (long)(Number(text) * 1000);
    }

    [GeneratedRegex(@"^eval(?<mode>_fail|_ordered)?\s+instant\s+at\s+(?<at>\S+)\s+(?<expression>.+)$")]
    private static partial Regex EvalLine();

    [GeneratedRegex(@"^(?<start>_|[+-]?[0-9.eE]+?)(?<delta>[+-][0-9.eE]+)?x(?<times>[0-9]+)$")]
    private static partial Regex Sequence();
}
