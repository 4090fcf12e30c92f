using Trireme.Training.Model;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Output;

/// <summary>A model that is ready to be written.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Weights">Content of the safetensors file.</param>
/// <param name="Manifest">How it came to be; the digests of the files are added when it is written.</param>
internal sealed record TrainedModel(DecoderShape Shape, BpeCodec Tokenizer, byte[] Weights, TrainingManifest Manifest);
