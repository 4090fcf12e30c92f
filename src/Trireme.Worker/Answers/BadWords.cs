using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>Reads the words an answer must not hold.</summary>
internal static class BadWords
{
    private const int CountMax = 256;
    private const int LengthMax = 1024;
    private const string Field = "bad_words";

    public static WorkerError? FindProblem(IReadOnlyList<string>? words)
    {
        if (words?.Count > CountMax) return WorkerError.Invalid(Field, $"{Field} may hold at most {CountMax} texts.");
        foreach (string? word in words ?? [])
        {
            if (word is { Length: > 0 and <= LengthMax }) continue;
            return WorkerError.Invalid(Field, $"Each text of {Field} must have between 1 and {LengthMax} characters.");
        }

        return null;
    }

    /// <summary>
    /// The tokens of each word, and of each with a space before it, which are others: as it starts a text and as it goes on within one.
    /// vLLM takes the second only where it has as many tokens as the first, and so misses most words in the middle of a text.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<int>> Encode(ITokenizer tokenizer, IReadOnlyList<string> words, out WorkerError? error)
    {
        error = null;
        var sequences = new List<IReadOnlyList<int>>(words.Count * 2);
        try
        {
            foreach (string word in words)
            {
                Add(word);
                Add(" " + word.TrimStart());
            }
        }
        catch (ModelFormatException exception)
        {
            error = WorkerError.Invalid(Field, exception.Message);
        }

        return sequences;

        void Add(string word)
        {
            int[] tokens = tokenizer.Encode(word, addSpecial: false, parseSpecial: false);
            if (tokens.Length > 0) sequences.Add(tokens);
        }
    }
}
