namespace Trireme.Worker.Onnx;

/// <summary>Computes batches.</summary>
internal interface IInferenceModel
{
    ModelSignature Signature { get; }

    /// <summary>Computes requests that can be computed as one; gives each its outputs in the order it wants them.</summary>
    /// <exception cref="InferenceFailedException">The model failed on them.</exception>
    IReadOnlyList<IReadOnlyList<Tensor>> Run(IReadOnlyList<InferRequest> batch);
}

/// <summary>A model failed on its inputs; the message is for the client.</summary>
internal sealed class InferenceFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
