using Trireme.Contracts.Resources;
using Trireme.Training.Corpus;
using Trireme.Training.Model;
using Trireme.Training.Output;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Trireme.Training.Optimization;

/// <summary>Fits a decoder to documents with AdamW (Loshchilov and Hutter 2019).</summary>
internal sealed class DecoderTrainer : IDisposable
{
    // The second moment forgets faster than the 0.999 of long runs because these runs have few steps.
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Epsilon = 1e-8;

    private readonly LlamaDecoder _decoder;
    private readonly OptimizationSpec _spec;
    private readonly PackedSequences _sequences;
    private readonly AdamW _optimizer;
    private int _step;

    public DecoderTrainer(LlamaDecoder decoder, int[][] documents, OptimizationSpec spec, int seed)
    {
        _decoder = decoder;
        _spec = spec;
        _sequences = new PackedSequences(documents, spec.SequenceLength, SeededRandom.Stream(seed, "batches"));

        // Decay pulls matrices towards zero; pulling the scales of the norms there would only distort them.
        ILookup<bool, Parameter> byRank = decoder.Weights.Values.ToLookup(weight => weight.dim() > 1);
        _optimizer = optim.AdamW(
            [
                new AdamW.ParamGroup(byRank[true], Options(spec.WeightDecay)),
                new AdamW.ParamGroup(byRank[false], Options(0)),
            ]);
    }

    public static OptimizerFacts Facts { get; } =
        new("AdamW", Beta1, Beta2, Epsilon, "linear warm-up, cosine decay", LearningRateSchedule.FinalShare);

    public long TokensSeen => (long)_step * _spec.BatchSize * _spec.SequenceLength;

    public double PassesOverData => _sequences.Passes;

    /// <summary>One step; the loss before it, in nats per token.</summary>
    public double Step()
    {
        using DisposeScope scope = NewDisposeScope();
        double rate = LearningRateSchedule.At(_step, _spec);
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = rate;

        PackedBatch batch = _sequences.NextBatch(_spec.BatchSize);
        long[] shape = [batch.Rows, batch.Length];
        _optimizer.zero_grad();
        Tensor loss = _decoder.Loss(tensor(batch.Inputs, shape), tensor(batch.Targets, shape), Visible(batch));
        loss.backward();
        nn.utils.clip_grad_norm_(_decoder.Weights.Values, _spec.GradientClip);
        _optimizer.step();
        _step++;
        return loss.item<float>();
    }

    /// <summary>Every token sees itself and those before it in its own document: [rows, 1, length, length].</summary>
    private static Tensor Visible(PackedBatch batch)
    {
        Tensor documents = tensor(batch.Documents, [batch.Rows, 1, batch.Length]);
        return documents.unsqueeze(3).eq(documents.unsqueeze(2)).tril();
    }

    public void Dispose() => _optimizer.Dispose();

    private AdamW.Options Options(double weightDecay) => new()
    {
        LearningRate = _spec.LearningRate,
        InitialLearningRate = _spec.LearningRate,
        beta1 = Beta1,
        beta2 = Beta2,
        eps = Epsilon,
        weight_decay = weightDecay,
    };
}
