using System.Text;
using System.Text.Json;
using CsCheck;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Tests.Admission;

public class RequestScanTests
{
    [Theory]
    [InlineData("""{"model":"m","stream":true}""", false,
        """{"stream_options":{"include_usage":true,"continuous_usage_stats":true},"model":"m","stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":null,"model":"m"}""", false,
        """{"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true},"model":"m"}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}""", true,
        """{"model":"m","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true}}""", false,
        """{"model":"m","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true,"include_usage":true}}""", true, null)]
    [InlineData("""{"model":"m"}""", false, null)]
    public void A_metered_stream_reports_its_tokens_in_each_event(string body, bool asksUsage, string? patched)
    {
        Assert.Null(Scan(body, out RequestScan scan));
        Assert.Equal(asksUsage, scan.AsksUsage);
        Assert.Equal(patched, scan.MeteredPatch is { } patch ? Apply(body, patch) : null);
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "m")]
    [InlineData(""" { "messages" : [ {"model":"inner"} ] , "model" : "a/b-c.d" } """, "a/b-c.d")]
    [InlineData("""{"mod\u0065l":"caf\u00e9"}""", "café")]
    public void The_model_is_found_wherever_it_stands(string body, string model)
    {
        Assert.Null(Scan(body, out RequestScan scan));
        Assert.Equal(model, scan.ModelText(Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true}""", """{"stream_options":{"include_usage":true},"model":"m","stream":true}""")]
    [InlineData("""  {"model":"m","stream":true}""", """  {"stream_options":{"include_usage":true},"model":"m","stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":null,"model":"m"}""",
        """{"stream":true,"stream_options":{"include_usage":true},"model":"m"}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{ }}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true }}""")]
    [InlineData("""{"model":"m","stream_options":{"x":[1]},"stream":true}""",
        """{"model":"m","stream_options":{"include_usage":true,"x":[1]},"stream":true}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":false}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":null,"x":1}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true},"n":1}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true},"n":1}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true,"include_usage":false}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true,"include_usage":true}}""", null)]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":false}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":false}}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":true}}""", null)]
    [InlineData("""{"model":"m","stream":false}""", null)]
    [InlineData("""{"model":"m","stream":null,"stream_options":{}}""", null)]
    [InlineData("""{"model":"m"}""", null)]
    public void A_stream_is_made_to_report_its_tokens_by_one_changed_range(string body, string? patched)
    {
        Assert.Null(Scan(body, out RequestScan scan));
        Assert.Equal(patched, scan.UsagePatch is { } patch ? Apply(body, patch) : null);
    }

    [Theory]
    [InlineData("", "invalid_json", "line 1 at byte 1")]
    [InlineData("{\n \"model\": \"m\",\n oops}", "invalid_json", "line 3 at byte 2")]
    [InlineData("{\"model\":\"m\"} {}", "invalid_json", "line 1")]
    [InlineData("[1]", "invalid_json", "must be a JSON object")]
    [InlineData("{}", "missing_required_parameter", "\"model\"")]
    [InlineData("{\"model\":\"\"}", "missing_required_parameter", "\"model\"")]
    [InlineData("{\"model\":7}", "missing_required_parameter", "\"model\"")]
    [InlineData("{\"model\":\"\\ud800\"}", "invalid_type", "\"model\" holds half a character")]
    [InlineData("{\"\\ud83d\":1,\"model\":\"m\"}", "invalid_type", "half a character")]
    [InlineData("{\"model\":\"m\",\"stream_options\":{\"\\udc00usage_of_each\":1}}", "invalid_type", "half a character")]
    [InlineData("{\"model\":\"a\",\"model\":\"b\"}", "duplicate_parameter", "\"model\"")]
    [InlineData("{\"model\":\"a\",\"mod\\u0065l\":\"b\"}", "duplicate_parameter", "\"model\"")]
    [InlineData("{\"model\":\"a\",\"stream\":true,\"stream\":false}", "duplicate_parameter", "\"stream\"")]
    [InlineData("{\"model\":\"a\",\"stream_options\":{\"include_usage\":true,\"include_usage\":false}}",
        "duplicate_parameter", "include_usage")]
    [InlineData("{\"model\":\"a\",\"stream\":\"yes\"}", "invalid_type", "\"stream\" must be true or false")]
    [InlineData("{\"model\":\"a\",\"stream_options\":3}", "invalid_type", "\"stream_options\" must be an object")]
    public void A_wrong_body_is_refused_with_its_place(string body, string code, string says)
    {
        GatewayError? error = Scan(body, out _);
        Assert.Equal(code, error?.Code);
        Assert.Contains(says, error!.Message, StringComparison.Ordinal);
        Assert.Equal(400, error.Status);
    }

    [Theory]
    [InlineData("gzip", new byte[] { 0x1F, 0x8B, 8, 0, 0 })]
    [InlineData("zstd", new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 4 })]
    public void A_compressed_body_that_is_not_declared_is_told_from_broken_JSON(string form, byte[] body)
    {
        GatewayError? error = RequestScan.TryRead(body, out _);
        Assert.Equal((400, "invalid_json"), (error!.Status, error.Code));
        Assert.Contains($"compressed with {form}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"model\":\"m\",\"x\":", "}")]
    [InlineData("{\"model\":\"m\",\"stream_options\":{\"x\":", "}}")]
    public void A_body_over_the_limit_of_levels_is_called_that_and_nothing_else(string before, string after)
    {
        int left = 64 - after.Length;
        string deepest = before + new string('[', left) + new string(']', left) + after;
        Assert.Null(Scan(deepest, out _));
        GatewayError? error = Scan(deepest.Replace("[]", "[[]]", StringComparison.Ordinal), out _);
        Assert.Equal((400, "nested_too_deeply"), (error?.Status, error?.Code));
        Assert.Contains("more than 64 levels", error!.Message, StringComparison.Ordinal);

        // What is broken on the deepest level is broken all the same.
        Assert.Equal("invalid_json", Scan(deepest.Replace("[]", "[}", StringComparison.Ordinal), out _)?.Code);
    }

    [Fact]
    public void Nesting_without_end_is_refused_and_not_followed()
    {
        string body = "{\"model\":\"m\",\"x\":" + new string('[', 100_000);
        Assert.Equal("nested_too_deeply", Scan(body, out _)?.Code);
    }

    [Fact]
    public void Mutated_bodies_are_accepted_exactly_when_a_json_parser_accepts_them()
    {
        byte[] seed = Encoding.UTF8.GetBytes("""
            {"model":"chat","stream":true,"user":"ü1","stream_options":{"include_usage":false},
            "messages":[{"role":"user","content":"a\"\\b"}],"n":1.5e3,"t":null}
            """);
        byte[] alphabet = "{}[]\",:\\ tfn01e-.\n\u00fc"u8.ToArray();
        Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Int[0, alphabet.Length - 1], Gen.Int[0, 2]).Array[1, 4].Sample(edits =>
        {
            var bytes = seed.ToList();
            foreach ((int position, int letter, int kind) in edits)
            {
                int at = Math.Min(position, bytes.Count - 1);
                if (kind == 0) bytes[at] = alphabet[letter];
                else if (kind == 1) bytes.Insert(at, alphabet[letter]);
                else bytes.RemoveAt(at);
            }

            Agree([.. bytes]);
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void Scanning_allocates_nothing()
    {
        byte[] body = Encoding.UTF8.GetBytes(
            "{\"model\":\"chat\",\"stream\":true,\"user\":\"u\",\"messages\":[{\"content\":\"" + new string('x', 20_000) + "\"}]}");
        bool sound = true;
        for (int i = 0; i < 100; i++) sound &= RequestScan.TryRead(body, out _) is null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) sound &= RequestScan.TryRead(body, out _) is null;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(sound);
    }

    private static void Agree(byte[] body)
    {
        GatewayError? error = RequestScan.TryRead(body, out RequestScan scan);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            Assert.NotNull(error);
            return;
        }

        using (document)
        {
            if (error?.Code == "invalid_json") Assert.NotEqual(JsonValueKind.Object, document.RootElement.ValueKind);
            if (error is not null) return;
            JsonElement model = document.RootElement.GetProperty("model");
            // Bytes that are no UTF-8 have no text to compare; they name no service either.
            if (IsText(model)) Assert.Equal(model.GetString(), scan.ModelText(body));
            bool streams = document.RootElement.TryGetProperty("stream", out JsonElement stream) && stream.ValueKind == JsonValueKind.True;
            Assert.Equal(streams, scan.Stream);
            if (!streams) return;
            byte[] sent = scan.UsagePatch is { } patch ? Apply(body, patch) : body;
            using var patched = JsonDocument.Parse(sent);
            Assert.True(patched.RootElement.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        }
    }

    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static GatewayError? Scan(string body, out RequestScan scan) => RequestScan.TryRead(Encoding.UTF8.GetBytes(body), out scan);

    private static string Apply(string body, BodyPatch patch) => Encoding.UTF8.GetString(Apply(Encoding.UTF8.GetBytes(body), patch));

    private static byte[] Apply(byte[] body, BodyPatch patch) =>
        [.. body[..patch.Offset], .. patch.Inserted, .. body[(patch.Offset + patch.Removed)..]];
}
