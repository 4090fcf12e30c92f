using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.Inference.ToolCalls;

namespace Trireme.Inference.Tests.ToolCalls;

public sealed class ToolCallParserPropertyTests
{
    private static readonly ToolCallFormat[] Formats =
        [ToolCallFormat.Hermes, ToolCallFormat.Llama3, ToolCallFormat.Mistral, ToolCallFormat.Phi];

    private static readonly string[] Fragments =
    [
        "<tool_call>", "</tool_call>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]",
        "<|tool_call|>", "<|/tool_call|>", "functools[",
        """{"name": "f", "arguments": {"a": [1, {"b": null}]}}""", """{"name":"f","parameters":{}}""",
        """{"arguments":{"x":"é\"}"},"name":"g"}""", """{"name":"f","arguments":{"a":""", "{", "}", "[", "]", ",", ";", ":", "\"", "\\",
        "name", "f", "arguments", " ", "\n", "text", "-1.5e+3", "0", "true", "<", "\\u00e9", "😀", "<tool_", "funct",
    ];

    private static readonly Gen<ToolCallFormat> Format = Gen.Int[0, Formats.Length - 1].Select(index => Formats[index]);

    private static readonly Gen<string> Text =
        Gen.Int[0, Fragments.Length - 1].List[0, 14].Select(indexes => string.Concat(indexes.Select(index => Fragments[index])));

    [Fact]
    public void Any_split_of_a_text_into_pieces_gives_what_the_whole_text_gives() =>
        Gen.Select(Format, Text, Gen.Int[0, int.MaxValue]).Sample(
            (format, text, seed) =>
            {
                var random = new Random(seed);
                var pieces = new List<string>();
                for (int at = 0; at < text.Length;)
                {
                    int length = Math.Min(random.Next(0, 8), text.Length - at);
                    pieces.Add(text.Substring(at, length));
                    at += length;
                }

                Assert.Equal(ParsedCalls.Parse(format, text), ParsedCalls.Parse(format, pieces));
            },
            iter: FuzzRounds.Of(20_000));

    [Fact]
    public void Nothing_of_a_text_without_calls_is_lost_and_calls_are_numbered_in_order() =>
        Gen.Select(Format, Text).Sample(
            (format, text) =>
            {
                List<ToolCallPart> parts = ParsedCalls.Parse(format, text);
                ToolCallPart[] calls = [.. parts.Where(part => part.Kind == ToolCallPartKind.Call)];
                if (calls.Length == 0) Assert.Equal(text, string.Concat(parts.Select(part => part.Text)));
                Assert.Equal(Enumerable.Range(0, calls.Length), calls.Select(call => call.Index));
                for (int i = 0; i < parts.Count; i++)
                {
                    if (parts[i].Kind == ToolCallPartKind.Arguments) Assert.Equal(parts[i].Index, parts[i - 1].Index);
                    // The client sees a call once its arguments have begun.
                    if (parts[i].Kind == ToolCallPartKind.Call) Assert.StartsWith("{", parts[i + 1].Text, StringComparison.Ordinal);
                    if (parts[i].Kind == ToolCallPartKind.Content) Assert.Equal(-1, parts[i].Index);
                }
            },
            iter: FuzzRounds.Of(20_000));

    [Fact]
    public void Calls_written_in_a_format_are_read_back_with_the_same_arguments() =>
        Gen.Select(Format, Gen.Int[0, int.MaxValue], Gen.Int[1, 3]).Sample(
            (format, seed, count) =>
            {
                var random = new Random(seed);
                (string Name, string Arguments)[] calls = [.. Enumerable.Range(0, count).Select(_ =>
                    (ParsedCalls.Names.ElementAt(random.Next(2)), Value(random, 3, isObject: true)!.ToJsonString()))];
                List<ToolCallPart> parts = ParsedCalls.Parse(format, Write(format, calls, random));
                Assert.Equal(
                    calls.SelectMany((call, index) => new[]
                    {
                        new ToolCallPart(ToolCallPartKind.Call, index, call.Name),
                        new ToolCallPart(ToolCallPartKind.Arguments, index, call.Arguments),
                    }),
                    parts);
            },
            iter: FuzzRounds.Of(5_000));

    [Fact]
    public void The_scanner_takes_the_objects_that_the_platforms_reader_takes()
    {
        var random = FuzzRounds.Random(5);
        int valid = 0;
        for (int i = 0; i < FuzzRounds.Of(20_000); i++)
        {
            string text = Value(random, 4, isObject: true)!.ToJsonString();
            if (i % 3 > 0) text = Damage(text, random);
            var scanner = new JsonObjectScanner();
            int end = 0;
            JsonStep step = JsonStep.Inside;
            while (end < text.Length && step is not (JsonStep.Invalid or JsonStep.Complete)) step = scanner.Step(text[end++]);
            bool takes = step == JsonStep.Complete && text[end..].Trim(' ', '\t', '\n', '\r').Length == 0;
            Assert.True(takes == IsObject(text), text);
            if (takes) valid++;
        }

        Assert.InRange(valid, FuzzRounds.Of(20_000) / 4, FuzzRounds.Of(20_000) - 1_000);

        static string Damage(string text, Random random) =>
            Trireme.Inference.Tests.Formats.Mutation.Of(text, random, "{ } [ ] , : \" \\u00zz \\n 1.5 -0 01 1e5 true nul");
    }

    private static bool IsObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Write(ToolCallFormat format, (string Name, string Arguments)[] calls, Random random)
    {
        string word = format == ToolCallFormat.Llama3 ? "parameters" : "arguments";
        string[] objects = [.. calls.Select(call =>
            $$"""{"name": "{{call.Name}}",{{Space(random)}}"{{word}}":{{Space(random)}}{{call.Arguments}}}""")];
        return (format, random.Next(2)) switch
        {
            (ToolCallFormat.Hermes, _) => string.Join(
                Space(random), objects.Select(text => $"<tool_call>{Space(random)}{text}{Space(random)}</tool_call>")),
            (ToolCallFormat.Llama3, _) => string.Join(";" + Space(random), objects),
            (ToolCallFormat.Mistral, 0) => "[TOOL_CALLS]" + Space(random) + "[" + string.Join("," + Space(random), objects) + "]",
            (ToolCallFormat.Mistral, _) => string.Concat(calls.Select(call => $"[TOOL_CALLS]{call.Name}[ARGS]{call.Arguments}")),
            (_, 0) => "functools[" + string.Join(",", objects) + "]",
            _ => "<|tool_call|>[" + string.Join(",", objects) + "]<|/tool_call|>",
        };

        static string Space(Random random) => random.Next(3) switch { 0 => "", 1 => " ", _ => "\n" };
    }

    private static JsonNode? Value(Random random, int depth, bool isObject = false)
    {
        switch (isObject ? 6 : random.Next(depth == 0 ? 5 : 7))
        {
            case 0: return null;
            case 1: return random.Next(2) == 0;
            case 2: return random.Next(-100, 100);
            case 3: return (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20));
            case 4: return Words(random);
            case 5: return new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1))]);
            default:
                var value = new JsonObject();
                for (int i = random.Next(4); i > 0; i--) value[Words(random)] = Value(random, depth - 1);
                return value;
        }
    }

    private static string Words(Random random)
    {
        string[] parts = ["a", "name", "arguments", "\"", "\\", "</tool_call>", "é", "😀", "\n", "{", "]", " ", "[ARGS]"];
        var text = new StringBuilder();
        for (int i = random.Next(4); i > 0; i--) text.Append(parts[random.Next(parts.Length)]);
        return text.ToString();
    }
}
