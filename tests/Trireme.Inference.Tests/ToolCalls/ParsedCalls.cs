using System.Text;
using Trireme.Inference.ToolCalls;

namespace Trireme.Inference.Tests.ToolCalls;

/// <summary>Shows what a parser makes of an answer: content as it is, calls as «name:arguments».</summary>
internal static class ParsedCalls
{
    public static readonly HashSet<string> Names = ["f", "get_weather"];

    public static string Show(ToolCallFormat format, params IEnumerable<string> pieces) => Show(Parse(format, pieces));

    /// <summary>The parts, neighbours of one kind joined, so that pieces leave no trace.</summary>
    public static List<ToolCallPart> Parse(ToolCallFormat format, params IEnumerable<string> pieces) =>
        Parse(new ToolCallParser(format, Names), pieces);

    /// <summary>The parts of an answer that is read as a whole.</summary>
    public static List<ToolCallPart> ParseWhole(ToolCallFormat format, params IEnumerable<string> pieces) =>
        Parse(new ToolCallParser(format, Names, isWhole: true), pieces);

    private static List<ToolCallPart> Parse(ToolCallParser parser, IEnumerable<string> pieces)
    {
        var joined = new List<ToolCallPart>();
        foreach (string piece in pieces) Join(parser.Append(piece));
        Join(parser.Complete());
        return joined;

        void Join(IReadOnlyList<ToolCallPart> parts)
        {
            foreach (ToolCallPart part in parts)
            {
                Assert.NotEqual("", part.Text);
                bool goesOn = part.Kind != ToolCallPartKind.Call && joined.Count > 0 && joined[^1].Kind == part.Kind;
                if (goesOn && joined[^1].Index == part.Index)
                {
                    joined[^1] = part with { Text = joined[^1].Text + part.Text };
                }
                else
                {
                    joined.Add(part);
                }
            }
        }
    }

    public static string Show(IEnumerable<ToolCallPart> parts)
    {
        var text = new StringBuilder();
        int open = -1;
        foreach (ToolCallPart part in parts)
        {
            if (open >= 0 && part.Index != open) text.Append('»');
            if (part.Kind == ToolCallPartKind.Call) text.Append('«').Append(part.Text).Append(':');
            else text.Append(part.Text);
            open = part.Index;
        }

        return open >= 0 ? text.Append('»').ToString() : text.ToString();
    }
}
