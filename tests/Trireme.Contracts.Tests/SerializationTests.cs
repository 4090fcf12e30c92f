using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests;

public sealed class SerializationTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("1m30s", 90)]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5h", 5400)]
    [InlineData("0", 0)]
    public void A_duration_reads_as_kubernetes_writes_it(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out Duration duration));
        Assert.Equal(seconds, duration.TotalSeconds, precision: 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("-5s")]
    [InlineData("99999999999h")]
    [InlineData("876001h")]
    public void A_text_that_is_no_duration_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Durations_round_trip() =>
        Gen.Long[0, 1_000_000_000].Sample(milliseconds =>
        {
            var duration = new Duration(TimeSpan.FromMilliseconds(milliseconds));
            return Duration.TryParse(duration.ToString(), out Duration back)
                && Math.Abs((back.Value - duration.Value).TotalMilliseconds) < 0.01;
        });

    [Theory]
    [InlineData("512Mi", 536_870_912)]
    [InlineData("2Gi", 2_147_483_648)]
    [InlineData("1500M", 1_500_000_000)]
    [InlineData("1.5Gi", 1_610_612_736)]
    [InlineData("123", 123)]
    [InlineData("2e9", 2_000_000_000)]
    [InlineData("1.5E+3", 1500)]
    public void Memory_reads_as_a_quantity(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Fact]
    public void Memory_round_trips() =>
        Gen.Long[0, 1L << 50].Sample(bytes => ByteSize.TryParse(new ByteSize(bytes).ToString(), out ByteSize back) && back.Bytes == bytes);

    [Theory]
    [InlineData("1025Ti")]
    [InlineData("1125899906842625")]
    [InlineData("-1")]
    [InlineData("")]
    public void Memory_that_no_machine_has_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("-1", -1)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("\"1025Ti\"", 1025L << 40)]
    public void Memory_that_was_stored_before_it_had_limits_is_still_read(string json, long bytes)
    {
        var size = JsonSerializer.Deserialize<ByteSize>(json, ResourceJson.Options);
        Assert.Equal(bytes, size.Bytes);
        string written = JsonSerializer.Serialize(size, ResourceJson.Options);
        Assert.Equal(size, JsonSerializer.Deserialize<ByteSize>(written, ResourceJson.Options));
    }

    [Theory]
    [InlineData("1.5", "'1.5' is not an amount of memory")]
    [InlineData("true", "'true' is not an amount of memory")]
    [InlineData("\"2GB\"", "'2GB' is not an amount of memory")]
    public void What_is_no_memory_is_refused_with_the_way_to_write_it(string json, string expected)
    {
        var refusal = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ByteSize>(json, ResourceJson.Options));
        Assert.StartsWith(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no", "false")]
    [InlineData("012", "\"012\"")]
    [InlineData("1e3", "1000")]
    [InlineData("true", "true")]
    [InlineData("~", "null")]
    [InlineData("'12'", "\"12\"")]
    [InlineData("2026-01-31", "\"2026-01-31\"")]
    public void A_yaml_scalar_has_the_type_that_kubectl_gives_it(string yaml, string json) =>
        Assert.Equal($"{{\"a\":{json}}}", YamlJson.Parse($"a: {yaml}").Single().ToJsonString());

    [Theory]
    [InlineData("a: [", "line")]
    [InlineData("a: 1\na: 2", "line 2, column 1: duplicate field")]
    [InlineData("? [x]\n: 1", "plain text")]
    public void Malformed_yaml_says_where(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => YamlJson.Parse(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        static string Tenfold(int i) => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n";
        IEnumerable<string> lines = Enumerable.Range(1, 8).Select(Tenfold);
        string yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(lines);
        Assert.Throws<FormatException>(() => YamlJson.Parse(yaml));
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Hostile_nesting_is_refused_before_it_exhausts_the_stack(char bracket)
    {
        string yaml = new(bracket, 200_000);
        string message = Assert.Throws<FormatException>(() => YamlJson.Parse(yaml)).Message;
        Assert.Contains("line 1, column", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_survives_yaml() =>
        Gen.String.Where(text => text.All(c => !char.IsControl(c) && !char.IsSurrogate(c) && c < 0xFFFE && c != 0xFEFF)).Sample(
            text =>
            {
                var json = new JsonObject { ["text"] = text, ["list"] = new JsonArray(text, 1, true, null, 0.5) };
                return JsonNode.DeepEquals(json, YamlJson.Parse(YamlJson.Write(json)).Single());
            },
            iter: 2000);

    [Fact]
    public void Timestamps_have_whole_seconds_in_utc() =>
        Assert.Equal(
            "\"2026-01-31T08:30:00Z\"",
            JsonSerializer.Serialize(new DateTimeOffset(2026, 1, 31, 9, 30, 0, 500, TimeSpan.FromHours(1)), ResourceJson.Options));
}
