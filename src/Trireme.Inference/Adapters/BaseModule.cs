using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Adapters;

/// <summary>The products of a layer that an adapter may add to.</summary>
internal enum Projection
{
    Query,
    Key,
    Value,
    AttentionOutput,
    Gate,
    Up,
    Down,
}

/// <summary>What the projections of a layer read; those with the same input are computed in one phase.</summary>
internal enum ProjectionInput
{
    /// <summary>The normed state before attention: query, key and value.</summary>
    Attention,

    /// <summary>What attention gives: its output projection.</summary>
    Attended,

    /// <summary>The normed state before the feed-forward network: gate and up.</summary>
    FeedForward,

    /// <summary>The gated middle of the feed-forward network: down.</summary>
    Gated,
}

/// <summary>A linear module of a layer as Hugging Face's layout has it: one projection, or several below each other.</summary>
/// <param name="Name">Within its layer, such as "self_attn.q_proj".</param>
/// <param name="Inputs">Columns.</param>
/// <param name="Outputs">Rows.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Parts">Which rows are which projection.</param>
internal sealed record BaseModule(
    string Name, int Inputs, int Outputs, ProjectionInput Input, IReadOnlyList<(Projection Projection, int First, int Count)> Parts)
{
    /// <summary>The modules of each layer of a model.</summary>
    public static IReadOnlyList<BaseModule> Of(ModelConfig model)
    {
        int hidden = model.HiddenSize;
        int width = model.IntermediateSize;
        int queries = model.AttentionHeadCount * model.HeadDimension;
        int keys = model.KeyValueHeadCount * model.HeadDimension;
        IReadOnlyList<BaseModule> inputs = model.FusedProjections
            ?
            [
                Fused(
                    "self_attn.qkv_proj",
                    hidden,
                    ProjectionInput.Attention,
                    (Projection.Query, queries),
                    (Projection.Key, keys),
                    (Projection.Value, keys)),
                Fused("mlp.gate_up_proj", hidden, ProjectionInput.FeedForward, (Projection.Gate, width), (Projection.Up, width)),
            ]
            :
            [
                Fused("self_attn.q_proj", hidden, ProjectionInput.Attention, (Projection.Query, queries)),
                Fused("self_attn.k_proj", hidden, ProjectionInput.Attention, (Projection.Key, keys)),
                Fused("self_attn.v_proj", hidden, ProjectionInput.Attention, (Projection.Value, keys)),
                Fused("mlp.gate_proj", hidden, ProjectionInput.FeedForward, (Projection.Gate, width)),
                Fused("mlp.up_proj", hidden, ProjectionInput.FeedForward, (Projection.Up, width)),
            ];
        return
        [
            .. inputs,
            Fused("self_attn.o_proj", queries, ProjectionInput.Attended, (Projection.AttentionOutput, hidden)),
            Fused("mlp.down_proj", width, ProjectionInput.Gated, (Projection.Down, hidden)),
        ];
    }

    /// <summary>Memory of an adapter of this rank for all modules of a model, in single precision.</summary>
    public static long AdapterBytes(ModelConfig model, int rank)
    {
        long perLayer = 0;
        foreach (BaseModule module in Of(model))
        {
            perLayer += AdapterMemory.Aligned((long)module.Inputs * rank * sizeof(float));
            foreach ((_, _, int count) in module.Parts)
            {
                perLayer += AdapterMemory.Aligned(ExpandMatrix.Bytes(count, rank, WeightType.Float32));
            }
        }

        return perLayer * model.LayerCount;
    }

    private static BaseModule Fused(string name, int inputs, ProjectionInput input, params ReadOnlySpan<(Projection, int Outputs)> parts)
    {
        var placed = new List<(Projection, int, int)>();
        int first = 0;
        foreach ((Projection projection, int outputs) in parts)
        {
            placed.Add((projection, first, outputs));
            first += outputs;
        }

        return new BaseModule(name, inputs, first, input, placed);
    }
}
