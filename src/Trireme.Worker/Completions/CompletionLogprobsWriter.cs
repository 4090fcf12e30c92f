using System.Text.Json;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;

namespace Trireme.Worker.Completions;

/// <summary>Writes log-probabilities as the parallel lists of the completion route.</summary>
internal sealed class CompletionLogprobsWriter(TokenTexts texts, int alternatives)
{
    /// <summary>Writes the tokens of events, after those of the prompt when it is echoed.</summary>
    public void Write(Utf8JsonWriter json, Answer answer, ReadOnlySpan<TokenEvent> events, bool withPrompt)
    {
        List<Row> rows = Collect(answer, events, withPrompt);
        json.WriteStartObject("logprobs"u8);

        json.WriteStartArray("tokens"u8);
        foreach (Row row in rows) json.WriteStringValue(row.Text);
        json.WriteEndArray();

        json.WriteStartArray("token_logprobs"u8);
        foreach (Row row in rows) WriteLogprob(json, row.Report);
        json.WriteEndArray();

        json.WriteStartArray("top_logprobs"u8);
        foreach (Row row in rows) WriteTop(json, row);
        json.WriteEndArray();

        json.WriteStartArray("text_offset"u8);
        foreach (Row row in rows)
        {
            json.WriteNumberValue(answer.TextOffset);
            answer.TextOffset += TokenTexts.CountCharacters(row.Text);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private List<Row> Collect(Answer answer, ReadOnlySpan<TokenEvent> events, bool withPrompt)
    {
        var rows = new List<Row>();
        if (withPrompt)
        {
            IReadOnlyList<TokenLogProbability?>? reports = AnswerJson.FindPromptReports(events);
            for (int i = 0; i < answer.PromptTokens.Count; i++) rows.Add(new Row(texts.NameOf(answer.PromptTokens[i]), reports?[i]));
        }

        foreach (TokenEvent token in events)
        {
            if (token.LogProbability is { } report) rows.Add(new Row(texts.NameOf(report.TokenId), report));
        }

        return rows;
    }

    private static void WriteLogprob(Utf8JsonWriter json, TokenLogProbability? report)
    {
        if (report is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteNumberValue(AnswerJson.Finite(report.LogProbability));
        }
    }

    /// <summary>
    /// The token itself, then its alternatives, by name. Different tokens may read alike: such a name has the best of their values, so
    /// that a token which was not the most likely one does not look like it.
    /// </summary>
    private void WriteTop(Utf8JsonWriter json, Row row)
    {
        if (row.Report is not { } report)
        {
            json.WriteNullValue();
            return;
        }

        var values = new OrderedDictionary<string, float>(StringComparer.Ordinal) { [row.Text] = report.LogProbability };
        // The prompt may have been reported with more alternatives than this list asks for.
        for (int i = 0; i < Math.Min(alternatives, report.Top.Count); i++)
        {
            (int token, float logProbability) = report.Top[i];
            string name = texts.NameOf(token);
            bool isBetter = !values.TryGetValue(name, out float known) || logProbability > known;
            if (isBetter) values[name] = logProbability;
        }

        json.WriteStartObject();
        foreach ((string name, float logProbability) in values) json.WriteNumber(name, AnswerJson.Finite(logProbability));
        json.WriteEndObject();
    }

    private readonly record struct Row(string Text, TokenLogProbability? Report);
}
