using static TorchSharp.torch;

namespace Trireme.Training.Model;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in the layout of Hugging Face Llama: dimension i turns together with
/// dimension i + size / 2.
/// </summary>
internal sealed class RotaryPositions : IDisposable
{
    private readonly Tensor _cosine;
    private readonly Tensor _sine;

    public RotaryPositions(DecoderShape shape)
    {
        int half = shape.HeadSize / 2;
        var cosine = new float[shape.ContextLength * half * 2];
        var sine = new float[cosine.Length];
        for (int position = 0; position < shape.ContextLength; position++)
        {
            for (int i = 0; i < half; i++)
            {
                double angle = position * Math.Pow(DecoderShape.RopeTheta, -(double)i / half);
                int first = (position * half * 2) + i;
                cosine[first] = cosine[first + half] = (float)Math.Cos(angle);
                // The rotation takes the second half with a minus sign; the table holds it so that Rotate needs no negation.
                sine[first] = (float)-Math.Sin(angle);
                sine[first + half] = (float)Math.Sin(angle);
            }
        }

        _cosine = tensor(cosine, [shape.ContextLength, half * 2]).DetachFromDisposeScope();
        _sine = tensor(sine, [shape.ContextLength, half * 2]).DetachFromDisposeScope();
    }

    /// <summary>Rotates vectors [batch, heads, tokens, size] by their positions 0, 1, 2...</summary>
    public Tensor Rotate(Tensor vectors)
    {
        long tokens = vectors.shape[2];
        long half = vectors.shape[3] / 2;
        Tensor swapped = cat([vectors.narrow(3, half, half), vectors.narrow(3, 0, half)], 3);
        return (vectors * _cosine.narrow(0, 0, tokens)) + (swapped * _sine.narrow(0, 0, tokens));
    }

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
    }
}
