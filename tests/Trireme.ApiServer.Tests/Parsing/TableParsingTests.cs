using System.Text.Json;
using CsCheck;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tables;

namespace Trireme.ApiServer.Tests.Parsing;

public sealed class TableParsingTests
{
    [Theory]
    [InlineData(".a.b", "1")]
    [InlineData(".list[1].type", "\"Ready\"")]
    [InlineData(""".list[?(@.type=="Ready")].status""", "\"True\"")]
    [InlineData(""".list[?(@.type=='Absent')].status""", null)]
    [InlineData(@".labels.example\.com/x", "\"y\"")]
    [InlineData(".labels['example.com/x']", "\"y\"")]
    [InlineData(".list[*].type", "\"Other\"")]
    [InlineData(".a.b.c", null)]
    [InlineData(".list[9]", null)]
    public void A_path_finds(string path, string? expected)
    {
        using JsonDocument document = JsonDocument.Parse("""
            {"a":{"b":1},"list":[{"type":"Other"},{"type":"Ready","status":"True"}],"labels":{"example.com/x":"y"}}
            """);
        JsonElement found = JsonPath.Parse(path).Find(document.RootElement);
        Assert.Equal(expected, found.ValueKind == JsonValueKind.Undefined ? null : found.GetRawText());
    }

    [Theory]
    [InlineData("a")]
    [InlineData(".a[")]
    [InlineData(".a[?(@.b>1)]")]
    [InlineData("..a")]
    public void An_unsupported_path_is_refused(string path) => Assert.Throws<FormatException>(() => JsonPath.Parse(path));

    [Fact]
    public void Any_path_is_parsed_or_refused()
    {
        using JsonDocument document = JsonDocument.Parse("""{"a":[{"b":1}]}""");
        Pick.From(".", "a", "[", "]", "0", "?(@.", "==", "\"", "'", ")", "\\").Array[0, 10].Sample(parts =>
        {
            try
            {
                Assert.True(Enum.IsDefined(JsonPath.Parse(string.Concat(parts)).Find(document.RootElement).ValueKind));
            }
            catch (FormatException)
            {
                // Refusing is fine; any other exception fails the test.
            }
        });
    }

    [Theory]
    [InlineData(-60, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(200, "3m20s")]
    [InlineData(3600, "60m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((5 * 3600) + 600, "5h10m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(12 * 86400, "12d")]
    [InlineData(800 * 86400, "2y70d")]
    [InlineData(9 * 365 * 86400, "9y")]
    public void An_age_reads(int seconds, string expected) => Assert.Equal(expected, HumanDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Continue_tokens_survive_and_others_are_refused()
    {
        var token = new ContinueToken(42, "team-a", "tiny");
        Assert.Equal(token, ContinueToken.Parse(token.ToString()));
        Assert.Null(ContinueToken.Parse("nonsense"));
        Gen.String[0, 20].Sample(text =>
        {
            // Whatever is read as a token means what it says.
            if (ContinueToken.Parse(text) is { } read) Assert.Equal(read, ContinueToken.Parse(read.ToString()));
        });
    }
}
