#pragma warning disable CA1822
using System.Diagnostics;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Formats;

/// <summary>A model in the Hugging Face layout. Owns the mapped weights.</summary>
public sealed class ModelFolder : IDisposable
{
    public string Path => throw new UnreachableException();

    public ModelConfig Config => throw new UnreachableException();

    public GenerationConfig Generation => throw new UnreachableException();

    public SafetensorsSet Weights => throw new UnreachableException();

    public ITokenizer Tokenizer => throw new UnreachableException();

    public ChatTemplate? ChatTemplate => throw new UnreachableException();

    public static ModelFolder Open(string path) => throw new UnreachableException();

    public void Dispose() => throw new UnreachableException();
}
