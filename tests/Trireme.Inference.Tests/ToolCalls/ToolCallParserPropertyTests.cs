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
        "<think>", "</think>", "<th", "'", "None", "NaN", "\t", "\\'", "\\d", "\\ud83d", ".5", "null", "function", "[]", "{{",
        """{"name":"f","arguments":"{\"a\": \"\\n\",}"}""", """{"name":"f"}""", """{'name': 'f', 'arguments': {'x': True,},}""",
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
    public void An_answer_read_whole_gives_what_a_stream_gives_unless_a_call_breaks_off()
    {
        int same = 0, calls = 0;
        Gen.Select(Format, Text, Gen.Int[1, 5]).Sample(
            (format, text, size) =>
            {
                List<ToolCallPart> whole = ParsedCalls.ParseWhole(format, text);
                Assert.Equal(whole, ParsedCalls.ParseWhole(format, text.Chunk(size).Select(piece => new string(piece))));
                List<ToolCallPart> streamed = ParsedCalls.Parse(format, text);
                if (whole.SequenceEqual(streamed))
                {
                    Interlocked.Increment(ref same);
                    if (whole.Exists(part => part.Kind == ToolCallPartKind.Call)) Interlocked.Increment(ref calls);
                    return;
                }

                // Only arguments that are no object tell the two apart.
                Assert.Contains(streamed, part => part.Kind == ToolCallPartKind.Arguments);
                Assert.True(whole.Count(IsCall) < streamed.Count(IsCall), text);
            },
            iter: FuzzRounds.Of(20_000));
        Assert.InRange(same, FuzzRounds.Of(20_000) / 2, FuzzRounds.Of(20_000));
        Assert.InRange(calls, FuzzRounds.Of(20_000) / 50, FuzzRounds.Of(20_000));

        static bool IsCall(ToolCallPart part) => part.Kind == ToolCallPartKind.Call;
    }

    [Fact]
    public void Calls_damaged_as_models_damage_them_are_read_with_arguments_that_every_reader_takes()
    {
        Gen.Select(Format, Gen.Int[0, int.MaxValue]).Sample(
            (format, seed) =>
            {
                var random = new Random(seed);
                string arguments = Value(random, 3, isObject: true)!.ToJsonString();
                string text = Write(format, [("f", Sloppily(arguments, random))], random);
                foreach (List<ToolCallPart> parts in new[] { ParsedCalls.Parse(format, text), ParsedCalls.ParseWhole(format, text) })
                {
                    Assert.Equal([ToolCallPartKind.Call, ToolCallPartKind.Arguments], parts.Select(part => part.Kind));
                    Assert.True(JsonNode.DeepEquals(JsonNode.Parse(arguments), JsonNode.Parse(parts[1].Text)), text);
                }
            },
            iter: FuzzRounds.Of(10_000));

        // None of these changes what the arguments mean.
        static string Sloppily(string json, Random random)
        {
            var text = new StringBuilder();
            bool inText = false;
            for (int i = 0; i < json.Length; i++)
            {
                char character = json[i];
                if (character == '"') inText = !inText;
                if (inText && character == '\\')
                {
                    bool isRaw = json[i + 1] == 'n' && random.Next(2) == 0;
                    text.Append(isRaw ? "\n" : json.AsSpan(i, 2));
                    i++;
                    continue;
                }

                bool closes = !inText && character is '}' or ']' && json[i - 1] is not ('{' or '[');
                if (closes && random.Next(3) == 0) text.Append(random.Next(2) == 0 ? "," : ", ");
                text.Append(character);
            }

            json = text.ToString();
            if (random.Next(2) == 0) json = Word(json, "true", "True");
            if (random.Next(2) == 0) json = Word(json, "null", random.Next(2) == 0 ? "None" : "NaN");
            // No text of these values holds an apostrophe.
            return random.Next(4) == 0 && !json.Contains('\\') ? json.Replace('"', '\'') : json;
        }

        static string Word(string json, string word, string other)
        {
            foreach (char before in ":[,")
            {
                foreach (char after in ",]}")
                {
                    json = json.Replace($"{before}{word}{after}", $"{before}{other}{after}", StringComparison.Ordinal);
                }
            }

            return json;
        }
    }

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
    public void The_reader_gives_back_the_objects_that_the_platforms_reader_takes_and_writes_no_others()
    {
        var random = FuzzRounds.Random(5);
        int valid = 0, repaired = 0;
        for (int i = 0; i < FuzzRounds.Of(20_000); i++)
        {
            string text = Value(random, 4, isObject: true)!.ToJsonString();
            if (i % 3 > 0) text = Damage(text, random);
            var reader = new LenientJsonReader();
            int end = 0;
            JsonStep step = JsonStep.Inside;
            while (end < text.Length && step is not (JsonStep.Invalid or JsonStep.Complete)) step = reader.Step(text[end++]);
            bool takes = step == JsonStep.Complete && text[end..].Trim(' ', '\t', '\n', '\r').Length == 0;
            if (takes) Assert.True(IsObject(reader.Output.ToString()), text);
            if (!IsObject(text))
            {
                if (takes) repaired++;
                continue;
            }

            Assert.True(takes, text);
            // Damage that left half a surrogate pair; the platform's reader does not look at what escapes stand for.
            if (reader.Output.ToString().Contains("\\ufffd", StringComparison.Ordinal)) continue;
            Assert.Equal(text[..end], reader.Output.ToString());
            valid++;
        }

        Assert.InRange(valid, FuzzRounds.Of(20_000) / 4, FuzzRounds.Of(20_000) - 1_000);
        Assert.True(repaired > 0, "Nothing was put right.");

        static string Damage(string text, Random random) =>
            Trireme.Inference.Tests.Formats.Mutation.Of(text, random, "{ } [ ] , : \" \\u00zz \\n 1.5 -0 01 1e5 true nul ' None .5 \t");
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
