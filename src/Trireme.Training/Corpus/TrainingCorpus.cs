using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Training.Corpus;

/// <summary>The documents of a job, split into those to learn from and those to judge by.</summary>
/// <param name="Training">Documents to learn from.</param>
/// <param name="HeldOut">Documents that are not among the training documents, not even as another copy.</param>
/// <param name="Digest">"sha256:" and the digest of all documents in order.</param>
internal sealed record TrainingCorpus(IReadOnlyList<string> Training, IReadOnlyList<string> HeldOut, string Digest)
{
    public static TrainingCorpus Generate(CorpusSpec spec, int seed)
    {
        IReadOnlyList<string> documents = new PlainEnglishGenerator().Generate(spec.Documents, seed);
        int every = Math.Max(2, (int)Math.Round(1 / spec.HeldOut));
        string[] training = [.. documents.Where((_, index) => index % every != 0)];
        var known = training.ToHashSet();
        string[] heldOut = [.. documents.Where((document, index) => index % every == 0 && !known.Contains(document))];
        return new TrainingCorpus(training, heldOut, DigestOf(documents));
    }

    private static string DigestOf(IReadOnlyList<string> documents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string document in documents)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(document));
            // A zero byte ends each document, so that moving a border between two changes the digest.
            hash.AppendData([0]);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
