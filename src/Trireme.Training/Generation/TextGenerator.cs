using Trireme.Training.Corpus;
using Trireme.Training.Model;
using Trireme.Training.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Trireme.Training.Generation;

/// <summary>
/// Answers questions with a decoder, to show what a run has learned. It computes the whole text anew for every token, which
/// is fine for a few short answers and nothing more.
/// </summary>
internal sealed class TextGenerator(LlamaDecoder decoder, BpeCodec tokenizer)
{
    /// <summary>What is asked at the end of a run: one question of each kind the corpus teaches.</summary>
    public static IReadOnlyList<string> SampleQuestions { get; } =
    [
        "Hello, who are you?",
        "Tell me a short story about a dog.",
        "What is the opposite of big?",
        "What is 3 plus 4?",
        "What do cows say?",
        "Where do fish live?",
    ];

    /// <summary>The answer to one question.</summary>
    /// <param name="question">What the user says.</param>
    /// <param name="temperature">0 takes the likeliest token; higher values dare more.</param>
    /// <param name="random">Draws the tokens when the temperature is above 0.</param>
    /// <param name="limit">Most tokens of the answer.</param>
    public string Answer(string question, double temperature, SeededRandom random, int limit = 200)
    {
        // A broken tokenizer has its special tokens in their places, so these ids always end an answer.
        var tokens = new List<int>(tokenizer.Encode(ChatMarkup.Prompt(question)));
        int start = tokens.Count;
        while (tokens.Count - start < limit && tokens.Count < decoder.Shape.ContextLength)
        {
            int next = Choose(NextLogits(tokens), temperature, random);
            if (next is SpecialTokens.TurnEndId or SpecialTokens.EndId) break;
            tokens.Add(next);
        }

        return tokenizer.Decode(tokens.Skip(start));
    }

    private float[] NextLogits(List<int> tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        Tensor logits = decoder.Forward(tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Count]));
        return logits[0, -1].data<float>().ToArray();
    }

    private static int Choose(float[] logits, double temperature, SeededRandom random)
    {
        int best = Array.IndexOf(logits, logits.Max());
        if (temperature <= 0) return best;

        double[] weights = [.. logits.Select(logit => Math.Exp((logit - logits[best]) / temperature))];
        double ticket = random.NextDouble() * weights.Sum();
        for (int token = 0; token < weights.Length; token++)
        {
            ticket -= weights[token];
            if (ticket < 0) return token;
        }

        return best;
    }
}
