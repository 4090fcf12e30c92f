#pragma warning disable CA1822
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Trireme.Inference.Formats;

/// <summary>All weights of a model: one safetensors file, or the shards its index names.</summary>
public sealed class SafetensorsSet : IDisposable
{
    public IReadOnlyCollection<SafetensorsTensor> Tensors => throw new UnreachableException();

    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsTensor tensor) => throw new UnreachableException();

    public SafetensorsTensor Get(string name, params ReadOnlySpan<int> shape) => throw new UnreachableException();

    public void Dispose() => throw new UnreachableException();
}
