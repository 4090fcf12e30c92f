using System.Globalization;

namespace Trireme.Operator.Releases;

/// <summary>
/// Parts of a release that do not belong together: a tokenizer of another model, weights that config.json does not describe, a template
/// that writes tokens the weights have no vectors for. Only what can never be right is told. More rows than tokens are padding, and tokens
/// that were added and are never written do no harm.
/// </summary>
internal static class PartsMismatch
{
    /// <summary>What does not fit, with the numbers; null if nothing does not.</summary>
    /// <param name="model">What the model's parts say.</param>
    /// <param name="template">The chat template that replaces the model's; null for the model's own.</param>
    public static string? Of(ModelParts model, string? template)
    {
        if (model.Embeddings is { Shape: [var rows, var width] } vectors)
        {
            if (model.ConfigTokens > rows)
            {
                return Say(
                    $"config.json names {model.ConfigTokens} tokens (vocab_size), and {Place(vectors)} has vectors for {rows}");
            }

            if (model.ConfigWidth is { } wanted && wanted != width)
            {
                return Say($"config.json says that a token's vector has {wanted} numbers (hidden_size), and {Place(vectors)} has {width}");
            }
        }

        long? tokens = model.Embeddings is { Shape: [var count, _] } ? count : model.ConfigTokens;
        if (tokens is not { } known || model.Tokenizer is not { } tokenizer) return null;
        string limit = model.Embeddings is { } place ? Place(place) : "config.json (vocab_size)";
        if (tokenizer.Last >= known)
        {
            return Say($"tokenizer.json has tokens up to the id {tokenizer.Last}, and {limit} has {known}, up to {known - 1}");
        }

        string? text = template ?? model.ChatTemplate;
        foreach ((string token, long id) in tokenizer.Added.OrderBy(static added => added.Value))
        {
            if (id < known || text?.Contains(token, StringComparison.Ordinal) != true) continue;
            return Say(
                $"the chat template writes \"{token}\", the id {id} of tokenizer.json, and {limit} has {known}, up to {known - 1}");
        }

        return null;
    }

    /// <summary>The same of an adapter and the model it is for.</summary>
    /// <param name="name">The adapter.</param>
    /// <param name="model">What the model's parts say.</param>
    /// <param name="input">Shape of a weight of the adapter that reads a token's vector.</param>
    public static string? OfAdapter(string name, ModelParts model, TensorShape? input) =>
        model.ConfigWidth is { } width && input is { Shape: [_, var reads] } && reads != width
            ? Say($"{Place(input)} of the adapter \"{name}\" reads vectors of {reads} numbers, and the model's have {width} (hidden_size)")
            : null;

    private static string Place(TensorShape tensor) => $"{tensor.Name} in {tensor.File}";

    private static string Say(FormattableString what) => what.ToString(CultureInfo.InvariantCulture);
}
