using System.Text;
using Trireme.Training.Model;
using Trireme.Training.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Trireme.Training.Optimization;

/// <summary>How well a decoder predicts documents it has not seen.</summary>
/// <param name="NatsPerToken">Mean cross-entropy of every token after the first of its document.</param>
/// <param name="BitsPerByte">The same information spread over the bytes of the text, special tokens not counted as bytes.</param>
/// <param name="Tokens">Tokens predicted.</param>
internal sealed record HeldOutEvaluation(double NatsPerToken, double BitsPerByte, long Tokens)
{
    private const int RowsPerBatch = 16;

    public double Perplexity => Math.Exp(NatsPerToken);

    /// <summary>Each document stands alone in its row, so that none helps to predict another.</summary>
    public static HeldOutEvaluation Of(LlamaDecoder decoder, BpeCodec tokenizer, int[][] documents, CancellationToken cancellationToken)
    {
        double nats = 0;
        long tokens = 0;
        // Neighbours of like length waste little padding.
        int limit = decoder.Shape.ContextLength;
        foreach (int[][] batch in documents.OrderBy(document => document.Length).Chunk(RowsPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            using IDisposable inference = no_grad();
            int length = Math.Min(batch[^1].Length - 1, limit);
            var inputs = new long[batch.Length * length];
            var targets = new long[inputs.Length];
            Array.Fill(targets, LlamaDecoder.NoTarget);
            for (int row = 0; row < batch.Length; row++)
            {
                int[] document = batch[row];
                for (int i = 0; i < Math.Min(document.Length - 1, length); i++)
                {
                    inputs[(row * length) + i] = document[i];
                    targets[(row * length) + i] = document[i + 1];
                    tokens++;
                }
            }

            long[] shape = [batch.Length, length];
            nats += decoder.Loss(tensor(inputs, shape), tensor(targets, shape), reduction: nn.Reduction.Sum).item<float>();
        }

        long bytes = documents.Sum(document => Bytes(tokenizer, document, limit));
        return new HeldOutEvaluation(nats / tokens, nats / Math.Log(2) / bytes, tokens);
    }

    private static long Bytes(BpeCodec tokenizer, int[] document, int limit)
    {
        IEnumerable<int> ordinary = document.Take(limit + 1).Where(id => !SpecialTokens.All.Contains(tokenizer.Vocabulary[id]));
        return Encoding.UTF8.GetByteCount(tokenizer.Decode(ordinary));
    }
}
