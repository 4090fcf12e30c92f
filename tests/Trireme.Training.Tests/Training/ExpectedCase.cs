using System.Text.Json;

namespace Trireme.Training.Tests;

/// <summary>What Hugging Face transformers computed for one text with the fixture's model.</summary>
internal sealed record ExpectedCase(string? Text, int[] TokenIds, (int Token, double Logit)[] LastTopTen, double? MeanNegativeLogLikelihood)
{
    public static IEnumerable<ExpectedCase> ReadAll(string fixture)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(fixture, "expected.json")));
        foreach (JsonElement item in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            yield return new ExpectedCase(
                item.GetProperty("text").GetString(),
                [.. item.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())],
                [.. item.GetProperty("last_top10").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetDouble()))],
                item.GetProperty("mean_nll") is { ValueKind: JsonValueKind.Number } mean ? mean.GetDouble() : null);
        }
    }
}
