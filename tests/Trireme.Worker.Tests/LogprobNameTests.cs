using System.Buffers;
using System.Text.Json;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Testing;
using Trireme.Worker.Answers;
using Trireme.Worker.Completions;

namespace Trireme.Worker.Tests;

/// <summary>Log-probabilities of tokens that read alike, such as the single bytes of different characters.</summary>
public sealed class LogprobNameTests : IDisposable
{
    private const int Chosen = 200;

    private readonly TemporaryFolder _folder = new();
    private readonly StoredModel _model;

    public LogprobNameTests() => _model = StoredModel.Open(TinyModel.Write(_folder.File("tiny")));

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_chosen_token_does_not_hide_a_likelier_one_that_reads_the_same()
    {
        JsonElement logprobs = Write(asIds: false, (201, -1f), ('a', -1.5f), (Chosen, -2f), (202, -3f));

        Assert.Equal(-2, logprobs.GetProperty("token_logprobs")[0].GetDouble());
        Assert.Equal("\uFFFD", logprobs.GetProperty("tokens")[0].GetString());
        Assert.Equal(
            [("\uFFFD", -1), ("a", -1.5)],
            logprobs.GetProperty("top_logprobs")[0].EnumerateObject().Select(static entry => (entry.Name, entry.Value.GetDouble())));
        // How evaluation tools ask whether an answer was the model's own choice.
        double best = logprobs.GetProperty("top_logprobs")[0].EnumerateObject().Max(static entry => entry.Value.GetDouble());
        Assert.NotEqual(best, logprobs.GetProperty("token_logprobs")[0].GetDouble());
    }

    [Fact]
    public void The_likeliest_token_keeps_its_value_when_worse_ones_read_the_same()
    {
        JsonElement logprobs = Write(asIds: false, (Chosen, -2f), (202, -3f), (203, -4f));

        Assert.Equal(-2, Assert.Single(logprobs.GetProperty("top_logprobs")[0].EnumerateObject()).Value.GetDouble());
    }

    [Fact]
    public void Ids_tell_all_of_them_apart()
    {
        JsonElement logprobs = Write(asIds: true, (201, -1f), ('a', -1.5f), (Chosen, -2f), (202, -3f));

        Assert.Equal("token_id:200", logprobs.GetProperty("tokens")[0].GetString());
        Assert.Equal(
            """{"token_id:200":-2,"token_id:201":-1,"token_id:97":-1.5,"token_id:202":-3}""",
            logprobs.GetProperty("top_logprobs")[0].GetRawText());
    }

    private JsonElement Write(bool asIds, params (int TokenId, float LogProbability)[] top)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var report = new TokenLogProbability(Chosen, -2f, top);
            json.WriteStartObject();
            new CompletionLogprobsWriter(new TokenTexts(_model.Tokenizer, asIds), top.Length).Write(
                json, new Answer(0, [1]), [new TokenEvent { TokenId = Chosen, LogProbability = report }], withPrompt: false);
            json.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan).GetProperty("logprobs");
    }
}
