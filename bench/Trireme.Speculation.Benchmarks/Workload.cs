using Trireme.Inference.Generation;
using Trireme.Inference.Tokenizers;

namespace Trireme.Speculation.Benchmarks;

/// <summary>
/// A kind of text to continue. A model of any weights repeats itself when it has few words to choose from and prefers those it has used:
/// nearly every draft is then right, which is the most that prompt lookup can gain.
/// </summary>
/// <param name="name">Shown in the table.</param>
/// <param name="repeats">Whether the answer is to repeat itself.</param>
internal sealed class Workload(string name, bool repeats)
{
    private const int AnswerTokens = 160;
    private const string Story = "Once upon a time there was a little girl who had a red ball. She went to the park with her friend. ";

    public static Workload[] All { get; } =
    [
        new("A text that repeats itself", repeats: true),
        new("A text that does not", repeats: false),
    ];

    public string Name => name;

    public GenerationRequest Request(ITokenizer tokenizer, int number)
    {
        int[] story = tokenizer.Encode(Story, addSpecial: true);
        // Each stream begins elsewhere, so that no two ask the same.
        int[] prompt = [.. story[number..], .. story[..number]];
        IEnumerable<int> few = story.Distinct().Take(12);
        return new GenerationRequest
        {
            Id = $"{name} {number}",
            PromptTokens = prompt,
            Sampling = new SamplingOptions
            {
                Temperature = repeats ? 0 : 1,
                FrequencyPenalty = repeats ? -2 : 0,
                LogitBias = repeats ? few.ToDictionary(static token => token, static _ => 100f) : new Dictionary<int, float>(),
                Seed = number,
                MaxTokens = AnswerTokens,
                IgnoreEndOfSequence = true,
            },
        };
    }
}
