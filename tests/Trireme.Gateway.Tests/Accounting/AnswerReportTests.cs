using System.Text;
using System.Text.Json;
using CsCheck;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Tests.Accounting;

public class AnswerReportTests
{
    private const string Choices = "\"choices\":[{\"message\":{\"finish_reason\":\"no\"},\"finish_reason\":null},"
        + "{\"finish_reason\":\"length\"},"
        + "{\"finish_reason\":\"stop\"}]";

    private const string Usage = "\"usage\":{\"prompt_tokens\":9,\"total_tokens\":12,\"completion_tokens\":3,"
        + "\"prompt_tokens_details\":{\"cached_tokens\":8}}";

    [Theory]
    [InlineData("{" + Choices + "," + Usage + "}", true, true)]
    [InlineData("{" + Usage + "," + Choices + "}", true, true)]
    [InlineData("{" + Usage + ",\"other\":{\"usage\":1}}", true, false)]
    [InlineData("{" + Usage + "," + Choices + ",\"usage\":{\"prompt_tokens\":1}}", true, true)]
    [InlineData("{" + Choices + ",\"usage\":null}", false, true)]
    [InlineData("{\"inner\":{" + Usage + "}}", false, false)]
    [InlineData("{" + Choices + "," + Usage, true, true)]
    [InlineData("{" + Usage + ",\"data\":[1,2", true, false)]
    [InlineData("{" + Choices + ",\"usage\":{\"prompt_tokens\":9,", false, true)]
    [InlineData("[" + Usage + "]", false, false)]
    [InlineData("no JSON", false, false)]
    [InlineData("", false, false)]
    public void Usage_and_the_first_finish_reason_are_found_wherever_they_stand(string answer, bool hasUsage, bool hasFinish)
    {
        AnswerReport report = AnswerReport.Find(Encoding.UTF8.GetBytes(answer), hasChoices: true);
        Assert.Equal(hasUsage ? new TokenUsage(9, 3, 8) : null, report.Usage);
        Assert.Equal(hasFinish ? "length" : null, report.FinishReason);
    }

    [Fact]
    public void An_answer_of_another_kind_is_read_as_far_as_its_usage() =>
        Assert.Null(AnswerReport.Find(Encoding.UTF8.GetBytes("{" + Choices + "," + Usage + "}"), hasChoices: false).FinishReason);

    [Fact]
    public void Whatever_a_replica_answers_is_read_without_an_exception_and_as_a_json_parser_reads_it()
    {
        byte[] seed = Encoding.UTF8.GetBytes("{" + Choices + "," + Usage + "}");
        byte[] alphabet = "{}[]\",:\\ 019-.untl\u00fc"u8.ToArray();
        Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Int[0, alphabet.Length - 1], Gen.Int[0, 2]).Array[1, 3].Sample(edits =>
        {
            var bytes = seed.ToList();
            foreach ((int position, int letter, int kind) in edits)
            {
                int at = Math.Min(position, bytes.Count - 1);
                if (kind == 0) bytes[at] = alphabet[letter];
                else if (kind == 1) bytes.Insert(at, alphabet[letter]);
                else bytes.RemoveAt(at);
            }

            AnswerReport report = AnswerReport.Find([.. bytes], hasChoices: true);
            if (Prompt([.. bytes]) is { } prompt) Assert.Equal(prompt, report.Usage?.Prompt);
        }, iter: 20_000, threads: 1);
    }

    /// <summary>The prompt's tokens where the answer is sound and says it once as a number; null otherwise.</summary>
    private static long? Prompt(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            if (document.RootElement.EnumerateObject().Count(property => property.NameEquals("usage")) != 1) return null;
            JsonElement usage = document.RootElement.GetProperty("usage");
            if (usage.ValueKind != JsonValueKind.Object) return null;
            JsonElement[] prompts =
                [.. usage.EnumerateObject().Where(property => property.NameEquals("prompt_tokens")).Select(property => property.Value)];
            return prompts is [{ ValueKind: JsonValueKind.Number } only] && only.TryGetInt64(out long count) && count > 0 ? count : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
