using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Speculation;

/// <summary>A draft is a list of token ids, which must mean the same to both models.</summary>
internal static class DraftVocabulary
{
    private const string Remedy = "Take a draft model of the same family, with the same tokenizer.";

    /// <exception cref="ModelFormatException">The models' vocabularies differ; the message says in what.</exception>
    public static void Check(StoredModel model, StoredModel draft)
    {
        if (FirstDifference(model, draft) is not { } difference) return;
        throw new ModelFormatException(draft.Path, $"as a draft model it cannot be used with {model.Path}: {difference}", Remedy);
    }

    private static string? FirstDifference(StoredModel model, StoredModel draft)
    {
        int tokens = model.Config.VocabularySize;
        if (draft.Config.VocabularySize != tokens) return $"its vocabulary has {draft.Config.VocabularySize} tokens instead of {tokens}.";
        ITokenizer ours = model.Tokenizer, theirs = draft.Tokenizer;
        if (theirs.VocabularySize != ours.VocabularySize)
        {
            return $"its tokenizer has {theirs.VocabularySize} tokens instead of {ours.VocabularySize}.";
        }

        for (int id = 0; id < ours.VocabularySize; id++)
        {
            bool isSame = ours.IsSpecial(id) == theirs.IsSpecial(id) && ours.TokenBytes(id).SequenceEqual(theirs.TokenBytes(id));
            if (!isSame) return $"its token {id} stands for another text.";
        }

        return null;
    }
}
